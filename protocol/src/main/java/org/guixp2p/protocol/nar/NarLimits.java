// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import org.guixp2p.protocol.item.NarSize;

/**
 * How much a NAR may ask of whoever reads it.
 *
 * @param depth directories within one another, the outermost counted, from 0
 * @param nameBytes longest entry name, at most {@link EntryName#MAX_BYTES}
 * @param targetBytes longest symlink target, at most {@link LinkTarget#MAX_BYTES}
 * @param size longest NAR as a whole
 */
public record NarLimits(int depth, int nameBytes, int targetBytes, NarSize size) {
    /** Far deeper than any real item, and shallow enough to keep a handle on each directory of the way down. */
    public static final int DEFAULT_DEPTH = 256;
    /** What a file system can hold, and no size but the largest that a {@link NarSize} can say. */
    public static final NarLimits DEFAULT = new NarLimits(DEFAULT_DEPTH, EntryName.MAX_BYTES, LinkTarget.MAX_BYTES,
            new NarSize(NarSize.MAX_BYTES));

    public NarLimits {
        if (depth < 0 || nameBytes < 1 || nameBytes > EntryName.MAX_BYTES || targetBytes < 1
                || targetBytes > LinkTarget.MAX_BYTES) {
            throw new IllegalArgumentException("NAR limits out of range");
        }
    }

    /** The default limits, and at most {@code size} bytes: what a narinfo's NarSize allows. */
    public static NarLimits upTo(NarSize size) {
        return new NarLimits(DEFAULT_DEPTH, EntryName.MAX_BYTES, LinkTarget.MAX_BYTES, size);
    }
}
