// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import java.util.Comparator;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;

/**
 * One of the files in which a server offers a NAR. Nothing of it is signed.
 *
 * @param compression as written: {@code zstd}, {@code lzip}, {@code gzip}, {@code none} or one we do not know
 * @param fileHash of the file as it lies there; {@code guix publish} does not tell it, others do
 */
public record NarSource(NarUrl url, String compression, Optional<FileSize> fileSize, Optional<Sha256> fileHash) {
    private static final int MAX_NAME = 16;
    private static final String SHA256 = "sha256:";

    /** Quickest to decompress first; then the smallest file. */
    public static final Comparator<NarSource> FASTEST_FIRST = new ByPreference(true);
    /** Smallest file first; where sizes are not told, the compression that usually gives the smallest. */
    public static final Comparator<NarSource> SMALLEST_FIRST = new ByPreference(false);

    private record ByPreference(boolean fast) implements Comparator<NarSource> {
        @Override
        public int compare(NarSource a, NarSource b) {
            int bySize = Long.compare(a.knownSize(), b.knownSize());
            int byCompression = fast
                    ? Integer.compare(a.slowness(), b.slowness())
                    : Integer.compare(a.looseness(), b.looseness());
            int first = fast ? byCompression : bySize;
            return first != 0 ? first : fast ? bySize : byCompression;
        }
    }

    public NarSource {
        if (!isName(compression)) {
            throw new IllegalArgumentException("not a compression: " + FormatException.quote(compression));
        }
    }

    /** One whose file's hash is not told. */
    public NarSource(NarUrl url, String compression, Optional<FileSize> fileSize) {
        this(url, compression, fileSize, Optional.empty());
    }

    /** Reads the four lines' values; nothing when one of the first three makes no sense. A hash that makes none is none. */
    static Optional<NarSource> read(String url, String compression, Optional<String> fileSize,
            Optional<String> fileHash) {
        if (!isName(compression)) {
            return Optional.empty();
        }
        try {
            Optional<FileSize> size = fileSize.isPresent()
                    ? Optional.of(FileSize.parse(fileSize.get()))
                    : Optional.empty();
            return Optional.of(new NarSource(NarUrl.parse(url), compression, size, fileHash.flatMap(NarSource::hash)));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private static boolean isName(String text) {
        return !text.isEmpty() && text.length() <= MAX_NAME
                && Words.isOf(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    }

    private static Optional<Sha256> hash(String text) {
        try {
            return text.startsWith(SHA256)
                    ? Optional.of(Sha256.parse(text.substring(SHA256.length())))
                    : Optional.empty();
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private long knownSize() {
        return fileSize.map(FileSize::bytes).orElse(Long.MAX_VALUE);
    }

    private int slowness() {
        return switch (compression) {
            case "none", "zstd" -> 0;
            case "gzip" -> 1;
            case "lzip" -> 2;
            default -> 3;
        };
    }

    private int looseness() {
        return switch (compression) {
            case "lzip" -> 0;
            case "zstd" -> 1;
            case "gzip" -> 2;
            case "none" -> 4;
            default -> 3;
        };
    }

    /** The lines of a narinfo, as {@code guix publish} writes them. */
    String lines() {
        return "URL: " + url + "\nCompression: " + compression + "\n"
                + fileSize.map(size -> "FileSize: " + size + "\n").orElse("")
                + fileHash.map(hash -> "FileHash: " + SHA256 + hash + "\n").orElse("");
    }
}
