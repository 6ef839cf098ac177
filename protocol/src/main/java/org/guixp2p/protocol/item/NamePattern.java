// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import org.guixp2p.protocol.FormatException;

/**
 * A pattern for names of store items, such as {@code icecat-*}: {@code *} stands for any characters, {@code ?} for one.
 *
 * @param glob at most {@value StorePath#MAX_NAME_LENGTH} characters of those in names, and {@code *}
 */
public record NamePattern(String glob) {
    public NamePattern {
        String wrong = fault(glob);
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(wrong);
        }
    }

    /**
     * Reads a pattern.
     *
     * @throws FormatException when no name could match it
     */
    public static NamePattern parse(String text) throws FormatException {
        String wrong = fault(text);
        if (!wrong.isEmpty()) {
            throw new FormatException(wrong);
        }
        return new NamePattern(text);
    }

    private static String fault(String glob) {
        if (glob.isEmpty() || glob.length() > StorePath.MAX_NAME_LENGTH) {
            return "1 to " + StorePath.MAX_NAME_LENGTH + " characters expected, found " + FormatException.quote(glob);
        }
        boolean names = glob.chars()
                .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                        || "+-._?=*".indexOf(c) >= 0);
        return names ? "" : "characters of store items, '*' and '?' expected, found " + FormatException.quote(glob);
    }

    /**
     * Whether an item's name matches from its first character to its last, without the hash; or with the hyphen that stands
     * before it, so that {@code *-icecat-*}, as one writes it for files in the store, does too.
     */
    public boolean matches(StorePath path) {
        String base = path.baseName();
        return matches(base, StorePath.HASH_LENGTH + 1) || matches(base, StorePath.HASH_LENGTH);
    }

    /** Takes time in proportion to both lengths at most: a later star makes up for whatever an earlier one has taken. */
    private boolean matches(String text, int from) {
        int at = from;
        int pattern = 0;
        int star = -1;
        int retry = 0;
        while (at < text.length()) {
            if (pattern < glob.length() && glob.charAt(pattern) == '*') {
                star = pattern++;
                retry = at;
            } else if (pattern < glob.length()
                    && (glob.charAt(pattern) == '?' || glob.charAt(pattern) == text.charAt(at))) {
                pattern++;
                at++;
            } else if (star >= 0) {
                pattern = star + 1;
                at = ++retry;
            } else {
                return false;
            }
        }
        while (pattern < glob.length() && glob.charAt(pattern) == '*') {
            pattern++;
        }
        return pattern == glob.length();
    }

    @Override
    public String toString() {
        return glob;
    }
}
