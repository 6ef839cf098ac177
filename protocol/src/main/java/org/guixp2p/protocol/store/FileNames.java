// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.nio.file.Path;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;

/** Between names as bytes on disk and as text, where the JDK would replace silently what it cannot say. */
final class FileNames {
    /** Whether this JVM reads and writes file names as UTF-8; it decides that from its locale. */
    private static final boolean UTF8 = "UTF-8".equals(System.getProperty("sun.jnu.encoding"));

    /** What the JDK's decoder puts where bytes are not UTF-8; encoded again, it gives other bytes. */
    private static final char REPLACEMENT = '\uFFFD';

    private FileNames() {}

    /** The name of {@code file}, which came out of a directory stream. */
    static EntryName name(Path file) throws UnsupportedTreeException {
        try {
            return EntryName.parse(text(file.getFileName(), file));
        } catch (FormatException e) {
            throw new UnsupportedTreeException(shown(file) + ": " + e.getMessage(), e);
        }
    }

    /** The target of the symlink {@code file}, as it was read. */
    static LinkTarget target(Path file, Path target) throws UnsupportedTreeException {
        try {
            return LinkTarget.parse(text(target, file));
        } catch (FormatException e) {
            throw new UnsupportedTreeException(shown(file) + ": " + e.getMessage(), e);
        }
    }

    /** {@code path} for a message of one line. */
    static String shown(Path path) {
        return FormatException.printable(path.toString());
    }

    private static String text(Path path, Path file) throws UnsupportedTreeException {
        String text = path.toString();
        if (isAscii(text)) {
            return text;
        }
        if (!UTF8) {
            throw new UnsupportedTreeException("cannot read '" + shown(file)
                    + "' in a locale that is not UTF-8: set LC_ALL=C.UTF-8");
        }
        if (text.indexOf(REPLACEMENT) >= 0 && !path.getFileSystem().getPath(text).equals(path)) {
            throw new UnsupportedTreeException("not UTF-8, so no NAR can hold it: '" + shown(file) + "'");
        }
        return text;
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    /**
     * {@code name} as a path of the file system of {@code other}.
     *
     * @throws UnsupportedTreeException when this JVM's locale cannot say it
     */
    static Path path(Path other, EntryName name) throws UnsupportedTreeException {
        return path(other, name.text());
    }

    /** {@code target} as a path, as far as the JDK keeps it: it takes out doubled and trailing slashes. */
    static Path path(Path other, LinkTarget target) throws UnsupportedTreeException {
        return path(other, target.text());
    }

    private static Path path(Path other, String text) throws UnsupportedTreeException {
        if (!UTF8 && !isAscii(text)) {
            throw new UnsupportedTreeException("cannot write " + FormatException.quote(text)
                    + " in a locale that is not UTF-8: set LC_ALL=C.UTF-8");
        }
        return other.getFileSystem().getPath(text);
    }
}
