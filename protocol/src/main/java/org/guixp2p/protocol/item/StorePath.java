// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.NixBase32;
import org.jspecify.annotations.Nullable;

/**
 * The full path of a store item: {@code /gnu/store/HASH-NAME}, HASH being 32 digits of nix-base32.
 *
 * @param baseName {@code HASH-NAME}, at most 211 + 33 characters of {@code A-Z a-z 0-9 + - . _ ? =}
 */
public record StorePath(String baseName) implements Comparable<StorePath> {
    /** The store directory, the same on every Guix that takes substitutes from others. */
    public static final String STORE = "/gnu/store";
    /** Digits of the hash part. */
    public static final int HASH_LENGTH = 32;
    /** Longest name part, as in Guix's {@code nix/libstore/store-api.cc}. */
    public static final int MAX_NAME_LENGTH = 211;

    public StorePath {
        String wrong = fault(baseName);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
    }

    private static @Nullable String fault(String baseName) {
        if (baseName.length() < HASH_LENGTH + 2 || baseName.charAt(HASH_LENGTH) != '-') {
            return "store item: HASH-NAME expected, found " + FormatException.quote(baseName);
        }
        for (int i = 0; i < HASH_LENGTH; i++) {
            if (!NixBase32.isDigit(baseName.charAt(i))) {
                return "store item: 32 nix-base32 digits expected, found " + FormatException.quote(baseName);
            }
        }
        if (baseName.length() - HASH_LENGTH - 1 > MAX_NAME_LENGTH) {
            return "store item: name longer than " + MAX_NAME_LENGTH + ": " + FormatException.quote(baseName);
        }
        if (baseName.charAt(HASH_LENGTH + 1) == '.') {
            return "store item: name begins with a dot: " + FormatException.quote(baseName);
        }
        for (int i = HASH_LENGTH + 1; i < baseName.length(); i++) {
            char c = baseName.charAt(i);
            boolean allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                    || "+-._?=".indexOf(c) >= 0;
            if (!allowed) {
                return "store item: character not allowed in a name: " + FormatException.quote(baseName);
            }
        }
        return null;
    }

    /**
     * Reads a full path, directly below {@value #STORE}.
     *
     * @throws FormatException when it is anything else
     */
    public static StorePath parse(String path) throws FormatException {
        if (!path.startsWith(STORE + "/")) {
            throw new FormatException("store path: not in " + STORE + ": " + FormatException.quote(path));
        }
        return parseBaseName(path.substring(STORE.length() + 1));
    }

    /**
     * Reads {@code HASH-NAME}, as narinfos write references and derivers.
     *
     * @throws FormatException when it is anything else
     */
    public static StorePath parseBaseName(String baseName) throws FormatException {
        String wrong = fault(baseName);
        if (wrong != null) {
            throw new FormatException(wrong);
        }
        return new StorePath(baseName);
    }

    /** The full path. */
    public String path() {
        return STORE + "/" + baseName;
    }

    /** The 32 digits that name the item on substitute servers. */
    public String hashPart() {
        return baseName.substring(0, HASH_LENGTH);
    }

    /** What follows the hash, such as {@code hello-2.12.1}. */
    public String name() {
        return baseName.substring(HASH_LENGTH + 1);
    }

    // Written out: the equality that a record gets by itself is put together at its first use, which takes 20 ms of the
    // 150 that a substituter has to start.
    @Override
    public boolean equals(Object other) {
        return other instanceof StorePath that && baseName.equals(that.baseName);
    }

    @Override
    public int hashCode() {
        return baseName.hashCode();
    }

    @Override
    public int compareTo(StorePath other) {
        return baseName.compareTo(other.baseName);
    }

    /** The full path. */
    @Override
    public String toString() {
        return path();
    }
}
