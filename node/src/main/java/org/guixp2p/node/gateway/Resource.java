// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.item.StorePath;

/** What a request's path names, as {@code guix publish} reads it. None is ever the name of a file. */
sealed interface Resource {
    String NARS = "nar";
    String NARINFO = ".narinfo";

    /** What there is to know of the server. */
    record CacheInfo() implements Resource {}

    /** The narinfo of an item. */
    record NarinfoOf(String hashPart) implements Resource {}

    /** The NAR of an item. */
    record NarOf(StorePath path, Compression compression) implements Resource {}

    /** Something else. */
    record Unknown() implements Resource {}

    /** Where the NAR of {@code path} lies, relative to the server; written as Guix does ({@code encode-and-join-uri-path}). */
    static String url(StorePath path, Compression compression) {
        String name = path.baseName().replace("+", "%2B").replace("?", "%3F").replace("=", "%3D");
        return compression == Compression.NONE ? NARS + "/" + name : NARS + "/" + compression.text() + "/" + name;
    }

    /**
     * Reads a path.
     *
     * @param segments decoded, without the slash before the first
     */
    static Resource of(List<String> segments) {
        return switch (segments.size()) {
            case 1 -> top(segments.getFirst());
            case 2 -> segments.getFirst().equals(NARS) ? nar(segments.getLast(), Compression.NONE) : new Unknown();
            case 3 -> segments.getFirst().equals(NARS)
                    ? compressed(segments.get(1), segments.getLast())
                    : new Unknown();
            default -> new Unknown();
        };
    }

    private static Resource top(String name) {
        if (name.equals("nix-cache-info")) {
            return new CacheInfo();
        }
        if (name.length() != StorePath.HASH_LENGTH + NARINFO.length() || !name.endsWith(NARINFO)) {
            return new Unknown();
        }
        String hashPart = name.substring(0, StorePath.HASH_LENGTH);
        return isHashPart(hashPart) ? new NarinfoOf(hashPart) : new Unknown();
    }

    private static boolean isHashPart(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!NixBase32.isDigit(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static Resource compressed(String how, String baseName) {
        try {
            return nar(baseName, Compression.parse(how));
        } catch (FormatException e) {
            return new Unknown();
        }
    }

    private static Resource nar(String baseName, Compression compression) {
        try {
            return new NarOf(StorePath.parseBaseName(baseName), compression);
        } catch (FormatException e) {
            return new Unknown();
        }
    }
}
