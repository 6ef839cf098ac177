// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A NAR kept on disk whose bytes had its hash when it was kept.
 *
 * @param hash of the NAR
 * @param size of the NAR
 * @param file the uncompressed NAR
 * @param key tells the file from one that was kept in its place later (st_dev and st_ino, see stat(3type)); null where the
 *        file system has no such thing
 * @param written when the last of its bytes was
 */
public record KeptNar(NarHash hash, NarSize size, Path file, @Nullable Object key, Instant written) {
    /** What disks give out at a time. */
    private static final long CLUSTER = 4096;

    /** About what it takes of the disk together with what lies beside it, in bytes. */
    public long bytesOnDisk() {
        return bytesOnDisk(size);
    }

    /** Likewise, of a NAR of that size that is to be kept. */
    public static long bytesOnDisk(NarSize size) {
        long manifest = ManifestFile.bytes(new BlockLayout(size).count());
        // A narinfo of one cluster: more than a thousand references are rare.
        return clusters(size.bytes()) + clusters(manifest) + CLUSTER;
    }

    private static long clusters(long bytes) {
        return (bytes + CLUSTER - 1) / CLUSTER * CLUSTER;
    }

    /** Whether its file is still there, and not another one in its place. */
    public boolean isThere() {
        return NarStore.isThere(this);
    }

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
     * Reads all of it, and compares it with its hash and its manifest.
     *
     * @return what is wrong, in words for people; nothing when nothing is
     * @throws IOException when it cannot be read
     */
    public Optional<String> verify() throws IOException {
        Manifest expected = manifest();
        if (!expected.narSize().equals(new NarSize(Files.size(file)))) {
            return Optional.of("it has " + Files.size(file) + " bytes instead of " + expected.narSize());
        }
        MessageDigest digest = Sha256.digest();
        ManifestBuilder builder = new ManifestBuilder(expected.narSize());
        byte[] some = new byte[1 << 16];
        try (InputStream bytes = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            for (int read = bytes.read(some); read > 0; read = bytes.read(some)) {
                digest.update(some, 0, read);
                builder.update(some, 0, read);
            }
        } catch (IllegalStateException e) {
            return Optional.of("it grew while it was read");
        }
        NarHash now = new NarHash(Sha256.finish(digest));
        if (!now.equals(hash)) {
            return Optional.of("it has the hash " + now + " instead of " + hash);
        }
        return builder.finish().root().equals(expected.root())
                ? Optional.empty()
                : Optional.of("what is said of its blocks is wrong");
    }

    /**
     * Opens it.
     *
     * @throws IOException when it is not there, or cannot be read
     */
    public KeptFile open() throws IOException {
        return KeptFile.open(this);
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
