// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.OptionalDouble;
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

    /** How many seconds all of it should take, as its server was lately; empty when that is not known. */
    default OptionalDouble expectedSeconds() {
        return OptionalDouble.empty();
    }

    /** Whether it comes from another server than {@code other}, which may be asked as well when this one is late. */
    default boolean isElsewhereThan(NarSupply other) {
        return false;
    }

    /** Like {@link #open}; when its first byte is late, {@code spare} is asked too, and whoever begins first sends all. */
    default Source<ByteString, NotUsed> open(NarSupply spare, Race race) {
        return open();
    }

    /** Hears, on any thread, who sends; before anything of it comes. */
    interface Race {
        /** The other one was asked too. Whoever does not win is asked no more; when both fail nobody wins. */
        void joined();

        /** This one begins to send. */
        void won(NarSupply winner);

        /** It broke off, and the rest comes from another place, which {@code url} names. */
        void continued(String url);
    }

    /** Whether its server failed, and is to be asked only when no other one can be. */
    default boolean isOut() {
        return false;
    }

    /** All that came from it was right. */
    default void proven() {}

    /** It alone gave a NAR that proved wrong. */
    default void lied() {}
}
