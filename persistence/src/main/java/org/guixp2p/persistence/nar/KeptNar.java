// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.nio.file.Path;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * A NAR kept on disk whose bytes had its hash when it was kept.
 *
 * @param hash of the NAR
 * @param size of the NAR
 * @param file the uncompressed NAR
 * @param key tells the file from one that was kept in its place later (st_dev and st_ino, see stat(3type)); null where the
 *        file system has no such thing
 */
public record KeptNar(NarHash hash, NarSize size, Path file, @Nullable Object key) {
    /**
     * Its manifest, read from beside it.
     *
     * @throws IOException when it is not there, cannot be read, or is none
     */
    public Manifest manifest() throws IOException {
        return ManifestFile.read(NarStore.manifestOf(file));
    }

    /**
     * The signed narinfo that came with it: whose key signed it tells whether it may be given to others.
     *
     * @return its bytes, at most 1 MiB
     * @throws IOException when it is not there, cannot be read, or is larger
     */
    public byte[] narinfo() throws IOException {
        return NarStore.readNarinfo(file);
    }

    /**
     * Looks whether its parts are there and fit together, without reading the NAR itself.
     *
     * @throws IOException when they do not: then it can be given to nobody any more
     */
    public void check() throws IOException {
        NarSize expected = manifest().narSize();
        if (!expected.equals(size)) {
            throw new FormatException("it has " + size + " bytes instead of " + expected);
        }
    }

    /**
     * Forgets it, but not what was kept in its place since.
     *
     * @throws IOException when it cannot be deleted
     */
    public void delete() throws IOException {
        NarStore.delete(this);
    }
}
