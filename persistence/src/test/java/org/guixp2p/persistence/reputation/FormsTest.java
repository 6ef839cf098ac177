// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.guixp2p.persistence.reputation.TestPeers.peer;
import static org.guixp2p.protocol.testing.Suites.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.NotSerializableException;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The forms of events and snapshots: whatever else stands on the disk is refused, at no cost. */
class FormsTest {
    private static final long NOW = 1_795_824_000;
    private static final PeerEvent EVENT = new PeerEvent.Succeeded(peer(1), NOW, 1 << 20, 1_000, 4, 30);

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static String refused(byte[] event) {
        return refusal(manifest -> EventCodec.decode(manifest, event), "succeeded-1");
    }

    private static String refusedSnapshot(byte[] snapshot) {
        return refusal(manifest -> PeersSnapshot.decode(manifest, snapshot), "peers-1");
    }

    @Nested
    class Correct {
        @Test
        void anEventIsShort() {
            assertTrue(EventCodec.encode(EVENT).length <= 48, EventCodec.encode(EVENT).length + " bytes");
        }

        @Test
        void aSnapshotOfNobodyIsOne() throws FormatException {
            assertEquals(new PeersSnapshot(List.of()),
                    PeersSnapshot.decode("peers-1", new PeersSnapshot(List.of()).encode()));
        }
    }

    @Nested
    class Insufficient {
        @Test
        void everyPartOfAnEventIsRefused() {
            byte[] whole = EventCodec.encode(EVENT);
            for (int length = 0; length < whole.length; length++) {
                refused(Arrays.copyOf(whole, length));
            }
        }

        @Test
        void everyPartOfASnapshotIsRefused() {
            byte[] whole = GoldenTest.snapshot().encode();
            for (int length = 0; length < whole.length; length++) {
                refusedSnapshot(Arrays.copyOf(whole, length));
            }
        }
    }

    @Nested
    class Invalid {
        @Test
        void anEventOfAnotherVersionIsSkippedAndASnapshotIsNot() throws NotSerializableException {
            ReputationSerializer serializer = new ReputationSerializer();
            JournalEntry.Unreadable skipped = assertInstanceOf(JournalEntry.Unreadable.class,
                    serializer.fromBinary(EventCodec.encode(EVENT), "succeeded-2"));
            assertEquals("no such event: 'succeeded-2'", skipped.reason());
            assertThrows(NotSerializableException.class,
                    () -> serializer.fromBinary(GoldenTest.snapshot().encode(), "peers-2"));
            assertThrows(IllegalArgumentException.class, () -> serializer.toBinary("something else"));
            assertThrows(IllegalArgumentException.class, () -> serializer.manifest("something else"));
        }

        @Test
        void numbersHaveOneForm() {
            byte[] connected = EventCodec.encode(new PeerEvent.Connected(peer(1), 5));
            byte[] longer = Arrays.copyOf(with(connected, 32, 0x85), connected.length + 1);
            assertEquals("a number with zeros before it",
                    refusal(manifest -> EventCodec.decode(manifest, longer), "connected-1"));
        }

        @Test
        void figuresThatAreNoneAreRefused() {
            byte[] whole = GoldenTest.snapshot().encode();
            assertEquals("a figure out of range: NaN", refusedSnapshot(with(with(whole, 33, 0x7f), 34, 0xc0)));
            refusedSnapshot(with(whole, 33, 0xc0));
        }

        @Test
        void peersStandInOrderAndOnce() {
            byte[] one = new PeersSnapshot(List.of(new PeerTable.Entry(peer(1), PeerRecord.UNKNOWN))).encode();
            byte[] twice = new byte[2 * one.length - 1];
            System.arraycopy(one, 0, twice, 0, one.length);
            System.arraycopy(one, 1, twice, one.length, one.length - 1);
            assertEquals("peers in no order", refusedSnapshot(with(twice, 0, 2)));
        }

        @Test
        void aCountOfNothingIsNoEvent() {
            byte[] failed = EventCodec.encode(new PeerEvent.Failed(peer(1), NOW, 1));
            assertEquals("count out of range: 0", refusal(
                    manifest -> EventCodec.decode(manifest, with(failed, failed.length - 1, 0)), "failed-1"));
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void bytesTooManyAreRefused() {
            byte[] whole = EventCodec.encode(EVENT);
            assertEquals("1 bytes too many", refused(Arrays.copyOf(whole, whole.length + 1)));
            byte[] snapshot = GoldenTest.snapshot().encode();
            refusedSnapshot(Arrays.copyOf(snapshot, snapshot.length + 1));
        }

        @Test
        void aNumberEndsSomewhere() {
            byte[] endless = new byte[60];
            Arrays.fill(endless, (byte) 0xff);
            assertEquals("a number of more than 63 bits", refused(endless));
        }

        /** Nothing is allocated for peers that cannot be there. */
        @Test
        void morePeersThanFitAreRefused() {
            byte[] snapshot = new byte[60];
            Arrays.fill(snapshot, 0, 4, (byte) 0xff);
            snapshot[4] = 7;
            assertEquals("2147483647 peers do not fit", refusedSnapshot(snapshot));
        }
    }

    @Provide
    Arbitrary<PeerEvent> events() {
        Arbitrary<Long> amounts = Arbitraries.longs().between(0, PeerEvent.MAX_AMOUNT);
        Arbitrary<Integer> counts = Arbitraries.integers().between(1, PeerEvent.MAX_COUNT);
        return Combinators
                .combine(Arbitraries.integers(), amounts, amounts, counts, Arbitraries.integers().between(0, 8))
                .as((number, at, amount, count, kind) -> switch (kind) {
                    case 0 -> new PeerEvent.Succeeded(peer(number), at, amount, at, count, amount / 2);
                    case 1 -> new PeerEvent.Failed(peer(number), at, count);
                    case 2 -> new PeerEvent.CorruptBlock(peer(number), at, count);
                    case 3 -> new PeerEvent.VouchedWrongly(peer(number), at);
                    case 4 -> new PeerEvent.Malformed(peer(number), at);
                    case 5 -> new PeerEvent.Stalled(peer(number), at, count);
                    case 6 -> new PeerEvent.Connected(peer(number), at);
                    case 7 -> new PeerEvent.DialFailed(peer(number), at);
                    default -> new PeerEvent.Banned(peer(number), at, amount);
                });
    }

    @Property
    void anEventIsReadAsItWasWritten(@ForAll("events") PeerEvent event) throws FormatException {
        assertEquals(event, EventCodec.decode(EventCodec.manifest(event), EventCodec.encode(event)));
    }

    @Property(tries = 200)
    void whatEventsMakeIsReadAsItWasWritten(@ForAll List<@From("events") PeerEvent> events)
            throws FormatException {
        PeerTable table = new PeerTable(50);
        events.forEach(table::apply);
        PeersSnapshot peers = new PeersSnapshot(table.entries());
        assertEquals(peers, PeersSnapshot.decode(PeersSnapshot.MANIFEST, peers.encode()));
    }
}
