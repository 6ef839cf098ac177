// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import java.util.function.Predicate;

/** The latest events of the node. Safe for several threads; no method blocks. */
public interface EventSource {
    /**
     * Some of the events that are remembered.
     *
     * @param events oldest first
     * @param gap whether there may have been others after the number that was asked about, which are not remembered any more
     * @param last the number up to which all are among them that were asked for
     */
    record Some(List<EventRecord> events, boolean gap, long last) {
        public Some {
            events = List.copyOf(events);
        }
    }

    /** Takes events as they happen, from any thread; does not block. */
    interface Listener {
        /**
         * Something has happened.
         *
         * @return false when it takes no more: it is not told anything again
         */
        boolean tell(EventRecord event);
    }

    /**
     * What a listener is not told, as it happened before; and an end to it.
     *
     * @param before as {@link #after}, all of them
     * @param close ends it
     */
    record Subscription(Some before, Runnable close) {}

    /** The first {@code most} events with a number above {@code number} that are {@code wanted}; 0 for the first that is remembered. */
    Some after(long number, Predicate<NodeEvent> wanted, int most);

    /** The same, all of them; and whatever happens from now on is told to {@code listener}, one after the other. */
    Subscription subscribe(long number, Predicate<NodeEvent> wanted, Listener listener);
}
