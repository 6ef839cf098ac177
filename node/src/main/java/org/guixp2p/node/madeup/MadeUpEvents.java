// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.madeup;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.guixp2p.api.EventRecord;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;

/** The latest events. Safe for several threads. */
public final class MadeUpEvents implements EventSource {
    private static final int MOST = 2000;

    private final Deque<EventRecord> history = new ArrayDeque<>();
    private final List<Listening> listening = new ArrayList<>();
    private long last;

    private record Listening(Predicate<NodeEvent> wanted, Listener listener) {
        private boolean tell(EventRecord event) {
            return !wanted.test(event.event()) || listener.tell(event);
        }
    }

    /**
     * Of nothing yet.
     *
     * @param first numbers begin after it
     */
    public MadeUpEvents(long first) {
        this.last = first;
    }

    /** It has happened then, and is told to whoever listens. */
    public synchronized void publish(Instant at, NodeEvent event) {
        EventRecord next = new EventRecord(++last, at, event);
        history.addLast(next);
        if (history.size() > MOST) {
            history.removeFirst();
        }
        listening.removeIf(one -> !one.tell(next));
    }

    @Override
    public synchronized Some after(long number, Predicate<NodeEvent> wanted, int most) {
        List<EventRecord> found = history.stream()
                .filter(event -> event.number() > number && wanted.test(event.event())).limit(most).toList();
        boolean gap = number != 0 && !history.isEmpty() && history.getFirst().number() > number + 1;
        return new Some(found, gap, found.size() < most ? last : found.getLast().number());
    }

    @Override
    public synchronized Subscription subscribe(long number, Predicate<NodeEvent> wanted, Listener listener) {
        Listening one = new Listening(wanted, listener);
        listening.add(one);
        return new Subscription(after(number, wanted, Integer.MAX_VALUE), () -> leave(one));
    }

    private synchronized void leave(Listening one) {
        listening.remove(one);
    }
}
