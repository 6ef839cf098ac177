// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

/** The integration cannot be turned on or off here; the message is one line that says why and what to do. */
public final class SetupException extends Exception {
    private static final long serialVersionUID = 1L;

    public SetupException(String message) {
        super(message);
    }

    public SetupException(String message, Throwable cause) {
        super(message, cause);
    }
}
