// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;

/** The one line that answers {@code substitute}. */
public sealed interface SubstituteReply {
    /** The item is restored; hash and size go into the store's database as they stand here, unchecked. */
    record Success(NarHash narHash, NarSize narSize) implements SubstituteReply {
        @Override
        public String text() {
            return "success " + narHash + " " + narSize + "\n";
        }
    }

    /** What came was another NAR; the daemon gives up on the item and shows both hashes. */
    record HashMismatch(NarHash expected, NarHash actual) implements SubstituteReply {
        @Override
        public String text() {
            return "hash-mismatch sha256 " + expected.base32() + " " + actual.base32() + "\n";
        }
    }

    /** The download failed; the daemon may build the item instead. */
    record NotFound() implements SubstituteReply {
        @Override
        public String text() {
            return "not-found\n";
        }
    }

    /** The bytes for file descriptor 4, all ASCII, the newline included. */
    String text();

    /**
     * Reads a reply line, without its newline, as the daemon does.
     *
     * @throws FormatException when it is none of the three
     */
    static SubstituteReply parse(String line) throws FormatException {
        String[] words = line.split(" ", -1);
        if (words.length == 3 && words[0].equals("success")) {
            return new Success(NarHash.parse(words[1]), NarSize.parse(words[2]));
        }
        if (words.length == 4 && words[0].equals("hash-mismatch") && words[1].equals("sha256")) {
            return new HashMismatch(new NarHash(Sha256.parse(words[2])), new NarHash(Sha256.parse(words[3])));
        }
        if (line.equals("not-found")) {
            return new NotFound();
        }
        throw new FormatException("unexpected substituter message: " + FormatException.quote(line));
    }
}
