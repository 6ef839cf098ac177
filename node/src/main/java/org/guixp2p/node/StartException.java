// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

/** A node could not start, for a reason that its user can mend; the message is one line that names it. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartException(String message) {
        super(message);
    }

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What failed, and what its first cause says. */
    static StartException of(String what, Throwable failure) {
        Throwable root = failure;
        for (Throwable cause = root.getCause(); cause != null; cause = root.getCause()) {
            root = cause;
        }
        return new StartException(what + ": " + root.getMessage(), failure);
    }
}
