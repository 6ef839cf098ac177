// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.guixp2p.node.discovery.Hints.nar;
import static org.guixp2p.node.discovery.Hints.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class InventoryDirectoryTest extends ProviderDirectoryContract {
    private final InventoryExchange inventories = new InventoryExchange(1 << 20, new Random(1), () -> 0);
    private final InventoryDirectory directory = new InventoryDirectory(inventories, alarm);

    private void tells(int peer, int nar) throws FormatException {
        InventoryKey key = new InventoryKey(peer, 2, 1);
        inventories.begin(peer(peer), key);
        inventories.change(peer(peer), Changes.of(key, List.of(), List.of(nar(nar))));
    }

    @Override
    ProviderDirectory knowing(int providers) throws FormatException {
        for (int i = 1; i <= providers; i++) {
            tells(i, 1);
        }
        tells(providers + 1, 2);
        return directory;
    }

    @Override
    ProviderHint provider(int number) {
        return new ProviderHint.Connected(peer(number));
    }

    @Test
    void itIsDoneAtOnce() throws FormatException {
        Heard heard = new Heard(9);
        knowing(2).lookup(question(9), heard);
        assertEquals(List.of(provider(1), provider(2)), heard.hints());
        assertEquals(Optional.of(End.EXHAUSTED), heard.end());
        assertEquals(0, alarm.waiting());
    }

    @Test
    void whoeverIsGoneIsNotFound() throws FormatException {
        knowing(2);
        inventories.forget(peer(1));
        Heard heard = new Heard(9);
        directory.lookup(question(9), heard);
        assertEquals(List.of(provider(2)), heard.hints());
    }

    @Test
    void whatIsAnnouncedIsToldToPeers() throws FormatException {
        directory.announce(OURS);
        directory.announce(Hints.announcement(2));
        directory.withdraw(nar(2));
        InventoryLog.Reader reader = inventories.reader();
        InventoryKey key = assertInstanceOf(SwarmMessage.Inventory.class, reader.next().orElseThrow()).key();
        assertEquals(Changes.of(key, List.of(), List.of(NAR)), reader.next().orElseThrow());
        assertEquals(Optional.empty(), reader.next());
    }
}
