// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Time that a test moves. */
public final class TestAlarm implements Alarm {
    private final List<Due> waiting = new ArrayList<>();
    private Duration now = Duration.ZERO;
    private long count;

    /** No two are equal. */
    private record Due(long number, Duration at, Runnable action) {}

    @Override
    public synchronized Runnable after(Duration delay, Runnable action) {
        Due due = new Due(count++, now.plus(delay), action);
        waiting.add(due);
        return () -> {
            synchronized (this) {
                waiting.remove(due);
            }
        };
    }

    /** How many actions have yet to run. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** Lets time pass, and runs what is due meanwhile. */
    public void pass(Duration time) {
        Duration end = now().plus(time);
        for (Optional<Due> due = next(end); due.isPresent(); due = next(end)) {
            due.get().action().run();
        }
        set(end);
    }

    private synchronized Duration now() {
        return now;
    }

    private synchronized void set(Duration time) {
        now = time.compareTo(now) > 0 ? time : now;
    }

    private synchronized Optional<Due> next(Duration end) {
        Optional<Due> due = waiting.stream().filter(other -> other.at().compareTo(end) <= 0)
                .min(Comparator.comparing(Due::at).thenComparing(Due::number));
        due.ifPresent(found -> {
            set(found.at());
            waiting.remove(found);
        });
        return due;
    }
}
