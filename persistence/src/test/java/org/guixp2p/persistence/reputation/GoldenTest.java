// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.guixp2p.persistence.reputation.TestPeers.peer;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;

/**
 * What was ever written is read for ever: {@code golden/NAME-VERSION.hex} holds the bytes. A new form is a new file here; the
 * files of earlier ones stay as they are.
 */
class GoldenTest {
    private static final long NOW = 1_795_824_000;

    /** Of every event that there is. */
    private static Map<String, PeerEvent> events() {
        Map<String, PeerEvent> events = new TreeMap<>();
        events.put("succeeded-1", new PeerEvent.Succeeded(peer(1), NOW, 1L << 32, 70_000, 16_384, 129));
        events.put("failed-1", new PeerEvent.Failed(peer(2), NOW, 3));
        events.put("corrupt-block-1", new PeerEvent.CorruptBlock(peer(3), NOW, 1));
        events.put("vouched-wrongly-1", new PeerEvent.VouchedWrongly(peer(4), NOW));
        events.put("malformed-1", new PeerEvent.Malformed(peer(5), NOW));
        events.put("stalled-1", new PeerEvent.Stalled(peer(6), NOW, 200));
        events.put("connected-1", new PeerEvent.Connected(peer(7), NOW));
        events.put("dial-failed-1", new PeerEvent.DialFailed(peer(8), NOW));
        events.put("banned-1", new PeerEvent.Banned(peer(9), NOW, 604_800));
        return events;
    }

    static PeersSnapshot snapshot() {
        return new PeersSnapshot(List.of(
                new PeerTable.Entry(peer(1),
                        new PeerRecord(3.5f, 0.25f, 0, 41_000_000, 12.5f, 0, 1L << 40, NOW, 0)),
                new PeerTable.Entry(peer(2), PeerRecord.UNKNOWN),
                new PeerTable.Entry(peer(3), new PeerRecord(0, 8.1f, 2, 0, 0, 30, 0, NOW - 1, NOW + 21_600))));
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream file = Objects.requireNonNull(GoldenTest.class.getResourceAsStream("golden/" + name + ".hex"),
                () -> "no golden file of " + name)) {
            return HexFormat.of().parseHex(
                    new String(file.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", ""));
        }
    }

    @Test
    void everyEventOfVersion1IsRead() throws IOException, FormatException {
        for (Map.Entry<String, PeerEvent> entry : events().entrySet()) {
            assertEquals(entry.getValue(), EventCodec.decode(entry.getKey(), golden(entry.getKey())), entry.getKey());
        }
    }

    @Test
    void aSnapshotOfVersion1IsRead() throws IOException, FormatException {
        assertEquals(snapshot(), PeersSnapshot.decode("peers-1", golden("peers-1")));
    }

    /** A form that changes needs a new version. */
    @Test
    void whatIsWrittenTodayIsVersion1() throws IOException {
        assertEquals(PeerEvent.class.getPermittedSubclasses().length, events().size());
        for (Map.Entry<String, PeerEvent> entry : events().entrySet()) {
            assertEquals(entry.getKey(), EventCodec.manifest(entry.getValue()));
            assertArrayEquals(golden(entry.getKey()), EventCodec.encode(entry.getValue()), entry.getKey());
        }
        assertArrayEquals(golden("peers-1"), snapshot().encode());
    }

    @Test
    void pekkoFindsTheFormByItsManifest() throws IOException {
        ReputationSerializer serializer = new ReputationSerializer();
        assertEquals(0x6770_3270, serializer.identifier());
        for (Map.Entry<String, PeerEvent> entry : events().entrySet()) {
            assertEquals(entry.getKey(), serializer.manifest(entry.getValue()));
            assertEquals(entry.getValue(), serializer.fromBinary(golden(entry.getKey()), entry.getKey()));
        }
        assertEquals(snapshot(), serializer.fromBinary(golden("peers-1"), "peers-1"));
    }
}
