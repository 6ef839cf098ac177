// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.guixp2p.persistence.reputation.PeerTable.Entry;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;

/**
 * All that is remembered, as a snapshot holds it: how many peers, then each with its record's components in their order. Peers
 * stand in the order of their ids.
 */
record PeersSnapshot(List<Entry> entries) {
    static final String MANIFEST = "peers-1";
    /** Of the peer, five figures, and four numbers of a byte at least. */
    private static final int MIN_ENTRY_BYTES = Sha256.BYTES + 5 * Float.BYTES + 4;
    /** The same with numbers of nine bytes at most. */
    private static final int MAX_ENTRY_BYTES = Sha256.BYTES + 5 * Float.BYTES + 4 * 9;
    private static final int MAX_COUNT_BYTES = 5;

    PeersSnapshot {
        entries = entries.stream().sorted(Comparator.comparing(Entry::peer)).toList();
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(MAX_COUNT_BYTES + entries.size() * MAX_ENTRY_BYTES);
        Fields.putNumber(out, entries.size());
        for (Entry entry : entries) {
            PeerRecord known = entry.known();
            Fields.putPeer(out, entry.peer());
            Fields.putFigure(out, known.good());
            Fields.putFigure(out, known.bad());
            Fields.putFigure(out, known.strikes());
            Fields.putFigure(out, known.rate());
            Fields.putFigure(out, known.latency());
            Fields.putNumber(out, known.dialStreak());
            Fields.putNumber(out, known.bytes());
            Fields.putNumber(out, known.seen());
            Fields.putNumber(out, known.bannedUntil());
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /**
     * Reads what {@link #encode} wrote, in this version or an earlier one.
     *
     * @throws FormatException when it did not
     */
    static PeersSnapshot decode(String manifest, byte[] bytes) throws FormatException {
        if (!manifest.equals(MANIFEST)) {
            throw new FormatException("no such snapshot: " + FormatException.quote(manifest));
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int count = Fields.count(in);
        if (count > in.remaining() / MIN_ENTRY_BYTES) {
            throw new FormatException(count + " peers do not fit");
        }
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Entry entry = entry(in);
            if (i > 0 && entries.getLast().peer().compareTo(entry.peer()) >= 0) {
                throw new FormatException("peers in no order");
            }
            entries.add(entry);
        }
        Fields.end(in);
        return new PeersSnapshot(entries);
    }

    private static Entry entry(ByteBuffer in) throws FormatException {
        try {
            return new Entry(Fields.peer(in), new PeerRecord(Fields.figure(in), Fields.figure(in), Fields.figure(in),
                    Fields.figure(in), Fields.figure(in), Fields.count(in), Fields.number(in), Fields.number(in),
                    Fields.number(in)));
        } catch (IllegalArgumentException e) {
            throw new FormatException(String.valueOf(e.getMessage()), e);
        }
    }
}
