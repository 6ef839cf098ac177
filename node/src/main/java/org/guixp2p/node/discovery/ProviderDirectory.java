// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.time.Duration;
import java.util.List;
import org.guixp2p.protocol.item.NarHash;

/**
 * Knows who has which NAR, or where to ask. For use on any thread; no method blocks or fails.
 *
 * <p>Only NARs that may be known to whoever runs the directory are announced to it, or looked up in it: that is for its user to see
 * to.
 */
public interface ProviderDirectory {
    /** This node has a NAR, until it is withdrawn. When it is announced already, what is said of it now counts. */
    void announce(Announcement announcement);

    /** This node does not have a NAR any more. Means nothing when it is not announced. */
    void withdraw(NarHash nar);

    /**
     * This node has a part of a NAR, and gets more of it, until that is withdrawn or the whole is announced. After all that is whole and
     * wanted as much; nothing, where others could not tell it from the whole.
     */
    default void announcePart(Announcement announcement) {}

    /** It has no part of it any more. Means nothing when the whole is announced by now. */
    default void withdrawPart(NarHash nar) {}

    /** Whether those it tells of are known to have what was asked for; else they may have anything. */
    default boolean knowsWhoHasIt() {
        return true;
    }

    /**
     * Looks for providers of a NAR.
     *
     * @param listener is told what is found, as it is found
     * @return to give the lookup up
     */
    Lookup lookup(Question question, Listener listener);

    /**
     * A NAR that this node has. Where not all can be announced the most wanted go first, and of those the largest.
     *
     * @param size in bytes, not negative
     * @param demand how often it was asked for lately, in whatever unit the user keeps to; not negative
     */
    record Announcement(NarHash nar, long size, int demand) {
        public Announcement {
            if (size < 0 || demand < 0) {
                throw new IllegalArgumentException("size " + size + ", demand " + demand);
            }
        }
    }

    /**
     * Who has a NAR?
     *
     * @param wanted how many hints will do; 1 to {@link #MAX_WANTED}
     * @param within how long the answer may take; more than 0
     */
    record Question(NarHash nar, int wanted, Duration within) {
        public static final int MAX_WANTED = 1024;

        public Question {
            checked(wanted, within);
        }

        /** {@code wanted}, when there can be such a lookup. */
        static int checked(int wanted, Duration within) {
            if (wanted < 1 || wanted > MAX_WANTED) {
                throw new IllegalArgumentException("number of hints out of range: " + wanted);
            }
            if (!within.isPositive()) {
                throw new IllegalArgumentException("a lookup takes time, not " + within);
            }
            return wanted;
        }
    }

    /**
     * Who has asked. It is told on any thread, also before {@link ProviderDirectory#lookup} returns, but one thing after the other;
     * it neither blocks nor fails.
     */
    interface Listener {
        /**
         * Some providers, the better ones first: at least one, none of which this lookup gave before, and no more over all than
         * were wanted; of several directories together, those of whom nobody knows what they have are not counted.
         */
        void found(List<ProviderHint> hints);

        /** The lookup is over. Told once, and nothing after it. */
        void ended(End end);
    }

    /** A lookup under way. */
    interface Lookup {
        /** Gives it up: unless it is over, it ends as {@link End#CANCELLED}. */
        void cancel();
    }

    /** How a lookup ends. */
    enum End {
        /** As many were found as were wanted. */
        ENOUGH,
        /** There are no more to be found. */
        EXHAUSTED,
        /** Its time was over. */
        LATE,
        /** It was given up. */
        CANCELLED,
        /** The directory cannot be asked now. */
        FAILED
    }
}
