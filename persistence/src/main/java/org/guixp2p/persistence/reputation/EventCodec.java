// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * How a {@link PeerEvent} is written. Its manifest names the event and the version of its form; a form that was ever written is
 * read for ever. All begin with the peer and the time; the other fields follow in the order of the record's components.
 */
final class EventCodec {
    private static final int MAX_BYTES = 128;

    private EventCodec() {}

    static String manifest(PeerEvent event) {
        return switch (event) {
            case PeerEvent.Succeeded _ -> "succeeded-1";
            case PeerEvent.Failed _ -> "failed-1";
            case PeerEvent.CorruptBlock _ -> "corrupt-block-1";
            case PeerEvent.VouchedWrongly _ -> "vouched-wrongly-1";
            case PeerEvent.Malformed _ -> "malformed-1";
            case PeerEvent.Stalled _ -> "stalled-1";
            case PeerEvent.Connected _ -> "connected-1";
            case PeerEvent.DialFailed _ -> "dial-failed-1";
            case PeerEvent.Banned _ -> "banned-1";
        };
    }

    static byte[] encode(PeerEvent event) {
        ByteBuffer out = ByteBuffer.allocate(MAX_BYTES);
        Fields.putPeer(out, event.peer());
        Fields.putNumber(out, event.at());
        switch (event) {
            case PeerEvent.Succeeded succeeded -> {
                Fields.putNumber(out, succeeded.bytes());
                Fields.putNumber(out, succeeded.millis());
                Fields.putNumber(out, succeeded.blocks());
                Fields.putNumber(out, succeeded.firstMillis());
            }
            case PeerEvent.Failed failed -> Fields.putNumber(out, failed.blocks());
            case PeerEvent.CorruptBlock corrupt -> Fields.putNumber(out, corrupt.blocks());
            case PeerEvent.Stalled stalled -> Fields.putNumber(out, stalled.blocks());
            case PeerEvent.Banned banned -> Fields.putNumber(out, banned.seconds());
            case PeerEvent.VouchedWrongly _,PeerEvent.Malformed _,PeerEvent.Connected _,PeerEvent.DialFailed _ -> {
                // The peer and the time say all.
            }
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /**
     * Reads what {@link #encode} wrote, in this version or an earlier one.
     *
     * @throws FormatException when it did not
     */
    static PeerEvent decode(String manifest, byte[] bytes) throws FormatException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            PeerEvent event = decode(manifest, in, Fields.peer(in), Fields.number(in));
            Fields.end(in);
            return event;
        } catch (IllegalArgumentException e) {
            throw new FormatException(String.valueOf(e.getMessage()), e);
        }
    }

    private static PeerEvent decode(String manifest, ByteBuffer in, PeerId peer, long at) throws FormatException {
        return switch (manifest) {
            case "succeeded-1" -> new PeerEvent.Succeeded(peer, at, Fields.number(in), Fields.number(in),
                    Fields.count(in), Fields.number(in));
            case "failed-1" -> new PeerEvent.Failed(peer, at, Fields.count(in));
            case "corrupt-block-1" -> new PeerEvent.CorruptBlock(peer, at, Fields.count(in));
            case "vouched-wrongly-1" -> new PeerEvent.VouchedWrongly(peer, at);
            case "malformed-1" -> new PeerEvent.Malformed(peer, at);
            case "stalled-1" -> new PeerEvent.Stalled(peer, at, Fields.count(in));
            case "connected-1" -> new PeerEvent.Connected(peer, at);
            case "dial-failed-1" -> new PeerEvent.DialFailed(peer, at);
            case "banned-1" -> new PeerEvent.Banned(peer, at, Fields.number(in));
            default -> throw new FormatException("no such event: " + FormatException.quote(manifest));
        };
    }
}
