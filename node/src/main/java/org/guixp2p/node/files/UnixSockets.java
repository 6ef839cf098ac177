// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

/** What holds of the names of Unix sockets. */
public final class UnixSockets {
    /** Linux would take one more, besides the final NUL (unix(7)), but the JDK does not. */
    public static final int MOST_PATH_BYTES = 106;

    private UnixSockets() {}
}
