// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.io.NotSerializableException;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.guixp2p.protocol.FormatException;

/** Gives Pekko the forms of {@link EventCodec} and {@link PeersSnapshot}. Named by {@code reference.conf}. */
public final class ReputationSerializer extends SerializerWithStringManifest {
    /** Stands in every entry of the journal: never to be changed. */
    private static final int IDENTIFIER = 0x6770_3270;

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object written) {
        return switch (written) {
            case PeerEvent event -> EventCodec.manifest(event);
            case PeersSnapshot _ -> PeersSnapshot.MANIFEST;
            default -> throw new IllegalArgumentException("not of the reputation journal: " + written.getClass());
        };
    }

    @Override
    public byte[] toBinary(Object written) {
        return switch (written) {
            case PeerEvent event -> EventCodec.encode(event);
            case PeersSnapshot peers -> peers.encode();
            default -> throw new IllegalArgumentException("not of the reputation journal: " + written.getClass());
        };
    }

    /**
     * An event that cannot be read is skipped. A snapshot that cannot be read is an error, for which Pekko takes the one before
     * it, or the events alone.
     */
    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        try {
            return manifest.startsWith("peers-")
                    ? PeersSnapshot.decode(manifest, bytes)
                    : EventCodec.decode(manifest, bytes);
        } catch (FormatException e) {
            if (manifest.startsWith("peers-")) {
                NotSerializableException unreadable = new NotSerializableException(e.getMessage());
                unreadable.initCause(e);
                throw unreadable;
            }
            return new JournalEntry.Unreadable(String.valueOf(e.getMessage()));
        }
    }
}
