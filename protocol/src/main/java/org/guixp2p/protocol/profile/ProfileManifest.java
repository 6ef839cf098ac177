// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.profile;

import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;

/**
 * What a profile has installed, in the order of its manifest; what is there only because a package of these propagates it is not
 * among them.
 *
 * @param version that of the format, 0 to 4
 */
public record ProfileManifest(int version, List<Entry> entries) {
    /** Packages that a manifest may have installed. */
    public static final int MAX_ENTRIES = 5_000;

    public ProfileManifest {
        entries = List.copyOf(entries);
    }

    /**
     * One package.
     *
     * @param output of the package, such as {@code out}
     * @param item what is linked to from the profile
     */
    public record Entry(String name, String version, String output, StorePath item) {
        /** What a name or a version has at most, in characters. */
        public static final int MAX_TEXT = StorePath.MAX_NAME_LENGTH;
        /** What an output's name has at most. */
        public static final int MAX_OUTPUT = 64;
    }

    /**
     * Reads a file {@code manifest}, at most 8 MiB.
     *
     * @throws FormatException when it is none, or of a version that there was not yet; says nothing of what it holds
     */
    public static ProfileManifest parse(byte[] file) throws FormatException {
        return new ManifestParser(file).parse();
    }
}
