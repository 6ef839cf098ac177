// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.BitSet;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * The part of a NAR that a download has, each block verified against the manifest that it follows. Safe for several threads;
 * one of them adds blocks.
 */
final class RelayedNar {
    private final NarHash hash;
    private final Manifest manifest;
    private final PartialNar file;
    private final BlockLayout layout;
    /** Compared with the manifest once more after they were written. */
    private final BitSet read = new BitSet();
    private volatile BitSet has = new BitSet();

    RelayedNar(NarHash hash, Manifest manifest, PartialNar file) {
        this.hash = hash;
        this.manifest = manifest;
        this.file = file;
        this.layout = new BlockLayout(manifest.narSize());
    }

    NarHash hash() {
        return hash;
    }

    Manifest manifest() {
        return manifest;
    }

    int count() {
        return layout.count();
    }

    /** The blocks that are here; the set does not change any more. */
    BitSet blocks() {
        return has;
    }

    /** More blocks have come. */
    void add(BitSet more) {
        BitSet all = (BitSet) has.clone();
        all.or(more);
        has = all;
    }

    /**
     * A block that is here.
     *
     * @throws IOException when the file is gone, or the disk did not keep what was written
     */
    byte[] read(int block) throws IOException {
        byte[] bytes = new byte[layout.length(block)];
        file.read(layout.offset(block), bytes, 0, bytes.length);
        if (!isRead(block)) {
            if (!manifest.matches(block, bytes, 0, bytes.length)) {
                throw new IOException("block " + block + " of " + hash + " is not what was written");
            }
            synchronized (read) {
                read.set(block);
            }
        }
        return bytes;
    }

    private boolean isRead(int block) {
        synchronized (read) {
            return read.get(block);
        }
    }
}
