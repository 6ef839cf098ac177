// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class SeenProvidersTest {
    private static final PeerId SOMEBODY = new PeerId(Sha256.hash(new byte[3]));

    private final AtomicLong nanos = new AtomicLong(-5);
    private final SeenProviders seen = new SeenProviders(nanos::get);
    private final List<Object> told = new ArrayList<>();

    private final ProviderDirectory.Listener asker = new ProviderDirectory.Listener() {
        @Override
        public void found(List<ProviderHint> hints) {
            told.add(hints);
        }

        @Override
        public void ended(ProviderDirectory.End end) {
            told.add(end);
        }
    };

    private static NarHash nar(int number) {
        return new NarHash(Sha256.hash(new byte[]{(byte) number, (byte) (number >> 8)}));
    }

    private static ProviderHint unnamed(int port) {
        return new ProviderHint.Unnamed(new HostAndPort("192.0.2.1", port));
    }

    private ProviderDirectory finding(ProviderDirectory.End end, List<List<ProviderHint>> hints) {
        return seen.watching(new ProviderDirectory() {
            @Override
            public void announce(Announcement announcement) {
                told.add(announcement);
            }

            @Override
            public void withdraw(NarHash gone) {
                told.add(gone);
            }

            @Override
            public void announcePart(Announcement announcement) {
                told.add("part of " + announcement.nar());
            }

            @Override
            public void withdrawPart(NarHash gone) {
                told.add("no part of " + gone);
            }

            @Override
            public boolean knowsWhoHasIt() {
                return false;
            }

            @Override
            public Lookup lookup(Question question, Listener listener) {
                hints.forEach(listener::found);
                listener.ended(end);
                return () -> {};
            }
        });
    }

    private void lookup(NarHash nar, ProviderDirectory.End end, List<List<ProviderHint>> hints) {
        var _ = finding(end, hints).lookup(new ProviderDirectory.Question(nar, 20, Duration.ofSeconds(1)), asker);
    }

    @Test
    void whatALookupFoundIsRememberedAndPassedOn() {
        assertEquals(Optional.empty(), seen.last(nar(1)));
        List<ProviderHint> one = List.of(unnamed(1));
        List<ProviderHint> two = List.of(unnamed(2), new ProviderHint.Connected(SOMEBODY));
        lookup(nar(1), ProviderDirectory.End.ENOUGH, List.of(one, two));
        assertEquals(List.of(one, two, ProviderDirectory.End.ENOUGH), told);
        nanos.addAndGet(Duration.ofSeconds(7).toNanos());
        assertEquals(Optional.of(new SeenProviders.Seen(3, Duration.ofSeconds(7))), seen.last(nar(1)));
        lookup(nar(1), ProviderDirectory.End.EXHAUSTED, List.of());
        assertEquals(Optional.of(new SeenProviders.Seen(0, Duration.ZERO)), seen.last(nar(1)));
    }

    /** Nobody knows what those nearby have, and a lookup that is cut short at once says nothing. */
    @Test
    void whatSaysNothingIsNotCounted() {
        lookup(nar(1), ProviderDirectory.End.CANCELLED, List.of(List.of(
                new ProviderHint.Nearby(new PeerAddress(SOMEBODY, new HostAndPort("192.0.2.1", 1)), 0))));
        lookup(nar(2), ProviderDirectory.End.FAILED, List.of());
        assertEquals(Optional.empty(), seen.last(nar(1)));
        assertEquals(Optional.empty(), seen.last(nar(2)));
    }

    @Test
    void thoseThatWereLookedUpLastAreRemembered() {
        for (int i = 0; i < 4097; i++) {
            lookup(nar(i), ProviderDirectory.End.ENOUGH, List.of(List.of(unnamed(1))));
            assertEquals(1, seen.last(nar(0)).orElseThrow().providers());
        }
        assertEquals(Optional.empty(), seen.last(nar(1)));
        assertEquals(1, seen.last(nar(2)).orElseThrow().providers());
    }

    @Test
    void whatIsAnnouncedIsPassedOn() {
        ProviderDirectory directory = finding(ProviderDirectory.End.EXHAUSTED, List.of());
        var announcement = new ProviderDirectory.Announcement(nar(1), 5, 6);
        directory.announce(announcement);
        directory.withdraw(nar(2));
        directory.announcePart(announcement);
        directory.withdrawPart(nar(3));
        assertEquals(List.of(announcement, nar(2), "part of " + nar(1), "no part of " + nar(3)), told);
        assertFalse(directory.knowsWhoHasIt());
    }
}
