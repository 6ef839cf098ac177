// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * A file as BitTorrent knows it (BEP 3).
 *
 * @param length of the file in bytes
 * @param pieceLength the last piece may be shorter
 * @param pieces SHA-1 of each piece, side by side
 */
record Torrent(String name, long length, int pieceLength, byte[] pieces) {
    private static final int SMALL_PIECE = 256 * 1024;
    private static final int LARGE_PIECE = 1 << 20;
    private static final long LARGE_FILE = 512L << 20;

    static Torrent of(Path file) throws IOException {
        long length = Files.size(file);
        int pieceLength = length >= LARGE_FILE ? LARGE_PIECE : SMALL_PIECE;
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            for (byte[] piece = in.readNBytes(pieceLength); piece.length > 0; piece = in.readNBytes(pieceLength)) {
                pieces.writeBytes(sha1.digest(piece));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
        return new Torrent(file.getFileName().toString(), length, pieceLength, pieces.toByteArray());
    }

    /** The contents of a {@code .torrent} file, in bencoding. */
    byte[] metainfo(Optional<URI> tracker) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write('d');
        tracker.ifPresent(url -> {
            text(out, "announce");
            text(out, url.toString());
        });
        text(out, "info");
        out.write('d');
        text(out, "length");
        number(out, length);
        text(out, "name");
        text(out, name);
        text(out, "piece length");
        number(out, pieceLength);
        text(out, "pieces");
        bytes(out, pieces);
        out.write('e');
        out.write('e');
        return out.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        bytes(out, text.getBytes(UTF_8));
    }

    private static void bytes(ByteArrayOutputStream out, byte[] bytes) {
        out.writeBytes((bytes.length + ":").getBytes(UTF_8));
        out.writeBytes(bytes);
    }

    private static void number(ByteArrayOutputStream out, long number) {
        out.writeBytes(("i" + number + "e").getBytes(UTF_8));
    }
}
