// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

/** Why a NAR that was being sent is not sent to its end. The connection is cut, so that nobody takes it for the whole. */
public final class GatewayException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message for people */
    public GatewayException(String message) {
        // Where it was thrown says nothing: it stands in the log for what others did.
        super(message, null, false, false);
    }
}
