// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import org.guixp2p.protocol.FormatException;

/** What the tree that is sent holds. */
public enum Data {
    /** Bytes that no compression makes smaller. */
    RANDOM("random"),
    /** Files of this machine such as packages have. */
    PACKAGE("package");

    private final String word;

    Data(String word) {
        this.word = word;
    }

    /**
     * Reads the word for one.
     *
     * @throws FormatException when it is none
     */
    public static Data parse(String text) throws FormatException {
        for (Data data : values()) {
            if (data.word.equals(text)) {
                return data;
            }
        }
        throw new FormatException("'random' or 'package' expected, found " + FormatException.quote(text));
    }

    @Override
    public String toString() {
        return word;
    }
}
