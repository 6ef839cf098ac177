// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** One place from which a whole NAR comes in order: a file on a substitute server. */
public interface NarSupply {
    /** Names it, for people. */
    String url();

    /**
     * The uncompressed NAR, from its first byte. Fails with a message for people when the server does not give it, makes no
     * headway, or sends more than the NAR's size.
     */
    Source<ByteString, NotUsed> open();

    /** Whether its server failed, and is to be asked only when no other one can be. */
    default boolean isOut() {
        return false;
    }

    /** All that came from it was right. */
    default void proven() {}

    /** It alone gave a NAR that proved wrong. */
    default void lied() {}
}
