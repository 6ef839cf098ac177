// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.node.discovery.lan.LanDirectory;
import org.guixp2p.node.discovery.lan.LanFixtures;
import org.guixp2p.node.discovery.lan.LanPeers;
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
