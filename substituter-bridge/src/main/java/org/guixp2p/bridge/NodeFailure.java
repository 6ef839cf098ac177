// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;

/** The node cannot help with the request under way: it is not there, it refuses, it died, or it is not to be believed. */
class NodeFailure extends IOException {
    private static final long serialVersionUID = 1L;

    NodeFailure(String message) {
        super(message);
    }

    NodeFailure(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }

    /** The node said nothing for as long as one waits. */
    static final class Silence extends NodeFailure {
        private static final long serialVersionUID = 1L;

        Silence(long millis) {
            super("the node said nothing for " + millis + " ms");
        }

        Silence(String message) {
            super(message);
        }
    }

    /** The node has ended the connection. */
    static final class Gone extends NodeFailure {
        private static final long serialVersionUID = 1L;

        Gone(String message) {
            super(message);
        }

        Gone(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What the node sent is refused; it is told so. */
    static final class Refusal extends NodeFailure {
        private static final long serialVersionUID = 1L;

        Refusal(String message) {
            super(message);
        }
    }
}
