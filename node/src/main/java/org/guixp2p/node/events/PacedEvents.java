// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.guixp2p.api.NodeEvent;

/**
 * Passes on so many events of a type at once and a second, so that none of them crowds out the others, however many peers or items there
 * are; of the rest it says how many they were. Safe for several threads.
 */
final class PacedEvents implements EventSink {
    /** Of one type. */
    static final int AT_ONCE = 100;
    static final int A_SECOND = 20;
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1) / A_SECOND;

    private final EventSink next;
    private final LongSupplier nanos;
    private final Map<Class<? extends NodeEvent>, Pace> paces = new HashMap<>();

    private static final class Pace {
        private long left = AT_ONCE;
        private long countedNanos;
        private long omitted;

        private Pace(long now) {
            countedNanos = now;
        }

        private boolean mayGo(long now) {
            long fresh = (now - countedNanos) / INTERVAL_NANOS;
            if (fresh > 0) {
                left = Math.min(AT_ONCE, left + fresh);
                countedNanos += fresh * INTERVAL_NANOS;
            }
            if (left == 0) {
                omitted++;
                return false;
            }
            left--;
            return true;
        }
    }

    /** @param nanos a clock as {@link System#nanoTime} */
    PacedEvents(EventSink next, LongSupplier nanos) {
        this.next = next;
        this.nanos = nanos;
    }

    @Override
    public synchronized void publish(NodeEvent event) {
        long now = nanos.getAsLong();
        Pace pace = paces.computeIfAbsent(event.getClass(), type -> new Pace(now));
        if (pace.mayGo(now)) {
            tellOmitted(event.getClass(), pace);
            next.publish(event);
        }
    }

    /** Tells how many were passed over since this was told the last time. */
    synchronized void tick() {
        paces.forEach(this::tellOmitted);
    }

    private void tellOmitted(Class<? extends NodeEvent> type, Pace pace) {
        if (pace.omitted > 0) {
            next.publish(new NodeEvent.EventsOmitted(NodeEvent.typeOf(type), pace.omitted));
            pace.omitted = 0;
        }
    }
}
