// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;

/** A tree on disk that no NAR can hold, or that this JVM cannot name; the message says which file and why. */
public class UnsupportedTreeException extends IOException {
    private static final long serialVersionUID = 1L;

    public UnsupportedTreeException(String message) {
        super(message);
    }

    public UnsupportedTreeException(String message, Throwable cause) {
        super(message, cause);
    }
}
