// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/** What the user means of all that is offered. */
public sealed interface SeedTarget {
    /** Whatever is offered of a store item. */
    record Item(StorePath path) implements SeedTarget {
        @Override
        public String toString() {
            return path.path();
        }
    }

    /** A NAR. */
    record Nar(NarHash hash) implements SeedTarget {
        @Override
        public String toString() {
            return hash.toString();
        }
    }

    /**
     * Reads the path of a store item, or a NarHash, with {@code sha256:} before it or without.
     *
     * @throws FormatException when it is neither
     */
    static SeedTarget parse(String text) throws FormatException {
        if (text.startsWith("/")) {
            return new Item(StorePath.parse(text));
        }
        return new Nar(text.indexOf(':') < 0 ? new NarHash(Sha256.parse(text)) : NarHash.parse(text));
    }
}
