// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * A manifest on disk: the eight bytes {@code GXP2MAN1}, the NAR's size (8 bytes, big-endian), the root (32 bytes), then the
 * block hashes. The root tells a damaged file.
 */
final class ManifestFile {
    private static final byte[] MAGIC = "GXP2MAN1".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER = 8 + 8 + Sha256.BYTES;

    private ManifestFile() {}

    /** How long the file of a NAR of so many blocks is. */
    static long bytes(int blocks) {
        return HEADER + (long) blocks * Sha256.BYTES;
    }

    /** Writes a manifest in one piece; after a crash of the machine it may be torn. */
    static void write(Path file, Manifest manifest) throws IOException {
        byte[] hashes = manifest.hashes();
        byte[] content = new byte[HEADER + hashes.length];
        ByteBuffer.wrap(content).put(MAGIC).putLong(manifest.narSize().bytes()).put(manifest.root().bytes())
                .put(hashes);
        AtomicFiles.replaceUnforced(file, content);
    }

    /**
     * Reads a manifest.
     *
     * @throws FormatException when the file is damaged
     */
    static Manifest read(Path file) throws IOException {
        long length = Files.size(file);
        if (length < HEADER) {
            throw new FormatException("manifest " + file + ": too short");
        }
        byte[] header = new byte[HEADER];
        try (var in = Files.newInputStream(file)) {
            in.readNBytes(header, 0, HEADER);
            ByteBuffer fields = ByteBuffer.wrap(header);
            byte[] magic = new byte[MAGIC.length];
            fields.get(magic);
            long size = fields.getLong();
            if (!Arrays.equals(magic, MAGIC) || size < 0 || size > NarSize.MAX_BYTES) {
                throw new FormatException("manifest " + file + ": not a manifest");
            }
            NarSize narSize = new NarSize(size);
            long expected = (long) new BlockLayout(narSize).count() * Sha256.BYTES;
            if (length != HEADER + expected) {
                throw new FormatException("manifest " + file + ": wrong length");
            }
            Manifest manifest = Manifest.of(narSize, in.readNBytes((int) expected));
            if (!manifest.root().matches(header, HEADER - Sha256.BYTES)) {
                throw new FormatException("manifest " + file + ": damaged");
            }
            return manifest;
        }
    }
}
