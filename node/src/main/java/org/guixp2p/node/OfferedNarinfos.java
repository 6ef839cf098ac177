// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.seed.NarinfoShelf;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** Narinfos that lie beside kept NARs, or that servers gave, as peers may have them: signed by a public key, for what is offered. */
record OfferedNarinfos(Metadata metadata, List<URI> servers) implements NarinfoShelf {
    @Override
    public Optional<byte[]> find(StorePath path, NarHash hash, Optional<byte[]> kept) {
        return kept.flatMap(OfferedNarinfos::parse).filter(narinfo -> metadata.isPublic(path, hash, narinfo))
                .or(() -> metadata.publicProof(path, hash, servers))
                .map(narinfo -> narinfo.signedOnly().raw())
                .filter(text -> text.length <= SwarmMessage.SignedNarinfo.MAX_TEXT);
    }

    private static Optional<Narinfo> parse(byte[] text) {
        try {
            return Optional.of(Narinfo.parse(text));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }
}
