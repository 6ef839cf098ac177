// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.identity;

/** The node's key cannot be read or made; the message names the file and what to do. */
public final class IdentityException extends Exception {
    private static final long serialVersionUID = 1L;

    public IdentityException(String message) {
        super(message);
    }

    public IdentityException(String message, Throwable cause) {
        super(message, cause);
    }
}
