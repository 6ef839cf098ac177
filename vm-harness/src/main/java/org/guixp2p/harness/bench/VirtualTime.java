// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.time.Duration;
import java.util.PriorityQueue;

/** Time that passes as fast as what happens in it can be computed; what happens at one moment does so in the order of its planning. */
public final class VirtualTime {
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long now;
    private long sequence;

    private record Event(long at, long sequence, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at == other.at ? Long.compare(sequence, other.sequence) : Long.compare(at, other.at);
        }
    }

    /** In nanoseconds from the beginning. */
    public long now() {
        return now;
    }

    /** Has something done at a time, or at once if that is over. */
    public void at(long nanos, Runnable action) {
        events.add(new Event(Math.max(now, nanos), sequence++, action));
    }

    /** Lets time pass. */
    public void run(Duration time) {
        long end = now + time.toNanos();
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.remove();
            now = event.at;
            event.action.run();
        }
        now = end;
    }
}
