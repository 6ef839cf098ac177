// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;

/**
 * Where the daemon wants an item restored: at the item's own path or, when it repairs one that is there, at that path
 * with {@code .tmp} behind it. Tests restore elsewhere.
 *
 * @param path absolute and normal: no empty, {@code .} or {@code ..} component, no blanks, and nothing that does
 *        not show
 */
public record Destination(String path) {
    /** Longest path that Linux takes, in characters. */
    public static final int MAX_LENGTH = 4095;

    public Destination {
        if (!isNormal(path)) {
            throw new IllegalArgumentException("not a destination: " + FormatException.quote(path));
        }
    }

    /**
     * Reads a destination.
     *
     * @throws FormatException when it is not absolute and normal
     */
    public static Destination parse(String text) throws FormatException {
        if (!isNormal(text)) {
            throw new FormatException("destination: an absolute path without '.', '..' and blanks expected, found "
                    + FormatException.quote(text));
        }
        return new Destination(text);
    }

    /** The item's own path. */
    public static Destination of(StorePath path) {
        return new Destination(path.path());
    }

    /** Where the daemon wants a fresh copy of a damaged item. */
    public static Destination repairing(StorePath path) {
        return new Destination(path.path() + ".tmp");
    }

    /** Whether this is one of the two places that the daemon names for {@code item}. */
    public boolean isFor(StorePath item) {
        return equals(of(item)) || equals(repairing(item));
    }

    private static boolean isNormal(String path) {
        if (path.length() < 2 || path.length() > MAX_LENGTH || path.charAt(0) != '/') {
            return false;
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                return false;
            }
        }
        if (!FormatException.isPrintable(path)) {
            return false;
        }
        for (String component : path.substring(1).split("/", -1)) {
            if (component.isEmpty() || component.equals(".") || component.equals("..")) {
                return false;
            }
        }
        return true;
    }

    /** The path. */
    @Override
    public String toString() {
        return path;
    }
}
