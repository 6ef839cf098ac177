// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.io.IOException;

/**
 * Takes a tree, node by node, in the order of its NAR.
 *
 * <p>A node is {@code startFile contents* endFile}, or {@code symlink}, or {@code startDirectory (entry NODE)*
 * endDirectory}, and a NAR is one node. An exception that a method throws ends the reading.
 */
public interface NarVisitor {
    void startDirectory() throws IOException;

    /** Names the node that comes next; names within one directory strictly increase. */
    void entry(EntryName name) throws IOException;

    void endDirectory() throws IOException;

    /** Begins a regular file whose {@link #contents} will be {@code size} bytes in all. */
    void startFile(boolean executable, long size) throws IOException;

    /** The next bytes of the file, at least one; the buffer is the caller's again after the call. */
    void contents(byte[] buffer, int offset, int length) throws IOException;

    void endFile() throws IOException;

    void symlink(LinkTarget target) throws IOException;
}
