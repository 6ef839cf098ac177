// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.node.discovery.lan.LanDirectory;
import org.guixp2p.node.discovery.lan.LanFixtures;
import org.guixp2p.node.discovery.lan.LanPeers;
import org.guixp2p.persistence.reputation.Reputation;
import org.junit.jupiter.api.Test;

class LanDirectoryTest extends ProviderDirectoryContract {
    private final LanPeers peers = new LanPeers(Hints.peer(0), () -> 7);

    @Override
    ProviderDirectory knowing(int providers) {
        return directory(Hints.known(1, providers));
    }

    private ProviderDirectory directory(List<ProviderHint.Known> providers) {
        LanFixtures.hear(peers, providers);
        return new LanDirectory(peers, alarm);
    }

    @Test
    void whoeverIsThereIsToldAtOnce() {
        Heard heard = new Heard(9);
        directory(Hints.known(1, 2)).lookup(question(9), heard);
        assertEquals(List.copyOf(Hints.known(1, 2)), heard.hints());
        assertEquals(Optional.of(End.EXHAUSTED), heard.end());
        assertEquals(0, alarm.waiting());
    }

    /** However many say that they are nearby, it is not known that they have anything. */
    @Test
    void thoseNearbyTakeNoPlaceOfThoseWhoAreKnownToHaveIt() {
        LanFixtures.hear(peers, Hints.known(1, 30));
        List<ProviderHint.Known> known = Hints.known(40, 2);
        ProviderDirectory all = new CompositeDirectory(
                List.of(new LanDirectory(peers, alarm),
                        new StaticDirectory(known.stream().map(ProviderHint.Known::address).toList(), alarm)),
                Duration.ofMillis(50), Reputation.empty(InstantSource.system(), new Random(3)), alarm);
        Heard heard = new Heard(64);
        all.lookup(question(2), heard);
        assertTrue(heard.hints().containsAll(known), () -> heard.hints().toString());
        assertEquals(4, heard.hints().size());
        assertEquals(Optional.of(End.ENOUGH), heard.end());
    }

    @Test
    void whileANetworkIsOnlyJustLookedAtThoseWhoAnswerAreToldToo() {
        LanFixtures.look(peers);
        Heard heard = new Heard(9);
        directory(Hints.known(1, 1)).lookup(question(9), heard);
        LanFixtures.hear(peers, Hints.known(2, 2));
        assertEquals(List.copyOf(Hints.known(1, 3)), heard.hints());
        assertEquals(Optional.empty(), heard.end());
        alarm.pass(Duration.ofSeconds(2));
        assertEquals(Optional.of(End.EXHAUSTED), heard.end());
        LanFixtures.hear(peers, Hints.known(4, 1));
        assertEquals(3, heard.hints().size());
        assertEquals(List.of(), heard.faults());
        assertEquals(0, alarm.waiting());
    }
}
