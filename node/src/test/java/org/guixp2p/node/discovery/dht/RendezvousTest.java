// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.discovery.TestAlarm;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.Test;

class RendezvousTest implements Rendezvous.Meeting, Rendezvous.Room {
    private static final ProviderHint SOMEBODY = new ProviderHint.Unnamed(new HostAndPort("192.0.2.1", 4711));

    private final TestAlarm alarm = new TestAlarm();
    private final Rendezvous rendezvous = new Rendezvous(this, alarm, new Random(1));
    private final List<Integer> wanted = new ArrayList<>();
    private final List<InetSocketAddress> met = new ArrayList<>();
    private List<ProviderHint> there = List.of(SOMEBODY);
    private int announced;
    private int room = 5;

    @Override
    public void announce() {
        announced++;
    }

    @Override
    public ProviderDirectory.Lookup look(int many, Duration within, ProviderDirectory.Listener listener) {
        wanted.add(many);
        if (!there.isEmpty()) {
            listener.found(there);
        }
        listener.ended(ProviderDirectory.End.EXHAUSTED);
        return () -> {};
    }

    @Override
    public void count(IntConsumer answer) {
        answer.accept(room);
    }

    @Override
    public void meet(InetSocketAddress address) {
        met.add(address);
    }

    private static Duration longest(Duration pause) {
        return pause.multipliedBy(3).dividedBy(2);
    }

    @Test
    void thisNodeIsThereAndMeetsOthersNowAndThen() {
        rendezvous.begin(this);
        assertEquals(1, announced);
        alarm.pass(Rendezvous.FIRST.minusNanos(1));
        assertEquals(List.of(), wanted);
        alarm.pass(longest(Rendezvous.FIRST));
        assertEquals(List.of(5), wanted);
        assertEquals(List.of(new InetSocketAddress("192.0.2.1", 4711)), met);
        alarm.pass(Rendezvous.AGAIN.minus(longest(Rendezvous.FIRST)));
        assertEquals(1, wanted.size());
        room = 1000;
        alarm.pass(longest(Rendezvous.AGAIN));
        assertEquals(List.of(5, Rendezvous.MOST), wanted);
        alarm.pass(longest(Rendezvous.AGAIN).multipliedBy(10));
        assertTrue(wanted.size() >= 12 && wanted.size() <= 18, () -> wanted.size() + " looks");
        assertEquals(1, announced);
    }

    @Test
    void withoutRoomNobodyIsLookedForUntilThereIsSome() {
        room = 0;
        rendezvous.begin(this);
        alarm.pass(Duration.ofHours(1));
        assertEquals(List.of(), wanted);
        room = 1;
        alarm.pass(longest(Rendezvous.AGAIN));
        assertEquals(List.of(1), wanted);
    }

    /** As long as it is not in the DHT it is soon looked again. */
    @Test
    void whereThereIsNobodyItLooksAgainLaterAndLater() {
        there = List.of();
        rendezvous.begin(this);
        alarm.pass(longest(Rendezvous.FIRST));
        alarm.pass(longest(Rendezvous.AFTER_NOBODY));
        assertEquals(2, wanted.size());
        alarm.pass(Rendezvous.AFTER_NOBODY);
        assertEquals(2, wanted.size());
        alarm.pass(Duration.ofHours(10));
        int before = wanted.size();
        assertTrue(before >= 40 && before <= 66, () -> before + " looks");
        there = List.of(SOMEBODY);
        awaitLook();
        there = List.of();
        awaitLook();
        int then = wanted.size();
        alarm.pass(longest(Rendezvous.AFTER_NOBODY));
        assertTrue(wanted.size() > then);
    }

    private void awaitLook() {
        for (int before = wanted.size(); wanted.size() == before;) {
            alarm.pass(Duration.ofSeconds(1));
        }
    }

    @Test
    void whenTheNodeStopsNobodyIsLookedFor() {
        rendezvous.begin(this);
        alarm.pass(longest(Rendezvous.FIRST));
        rendezvous.close();
        assertEquals(0, alarm.waiting());
        alarm.pass(Duration.ofHours(1));
        assertEquals(1, wanted.size());
    }
}
