// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.guixp2p.api.NodeEvent;
import org.junit.jupiter.api.Test;

class PacedEventsTest {
    private final List<NodeEvent> told = new ArrayList<>();
    private long nanos = Long.MAX_VALUE - 5;
    private final PacedEvents paced = new PacedEvents(told::add, () -> nanos);

    private void remove(int times) {
        for (int i = 0; i < times; i++) {
            paced.publish(new NodeEvent.SeedRemoved("sha256:x"));
        }
    }

    @Test
    void oneTypeDoesNotCrowdOutAnother() {
        remove(10_000);
        assertEquals(PacedEvents.AT_ONCE, told.size());
        paced.publish(new NodeEvent.DownloadSucceeded(1, "x", 1));
        assertEquals(PacedEvents.AT_ONCE + 1, told.size());
    }

    /** Though nothing of that type happens any more. */
    @Test
    void whatWasPassedOverIsSaidBeforeLong() {
        remove(PacedEvents.AT_ONCE + 7);
        told.clear();
        paced.tick();
        paced.tick();
        assertEquals(List.of(new NodeEvent.EventsOmitted("seed-removed", 7)), told);
    }

    @Test
    void howManyWerePassedOverIsSaid() {
        remove(PacedEvents.AT_ONCE + 7);
        nanos += TimeUnit.SECONDS.toNanos(1);
        told.clear();
        remove(PacedEvents.A_SECOND + 3);
        assertEquals(new NodeEvent.EventsOmitted("seed-removed", 7), told.getFirst());
        assertEquals(PacedEvents.A_SECOND + 1, told.size());
        nanos += TimeUnit.HOURS.toNanos(1);
        told.clear();
        remove(10_000);
        assertEquals(new NodeEvent.EventsOmitted("seed-removed", 3), told.getFirst());
        assertEquals(PacedEvents.AT_ONCE + 1, told.size());
    }
}
