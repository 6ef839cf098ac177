// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.VerifiedNarinfo;

/**
 * A narinfo that may be acted upon.
 *
 * @param verified signed by a key of the ACL
 * @param proof one for the same path with the same NarHash that a public key has signed: with it strangers may hear of the
 *        item. It may come from another server than {@code verified}
 * @param offers where servers have the NAR: those whose narinfo says the same
 * @param isFresh whether a server has said so that answers; else peers have, or one that was asked in vain since
 * @param took from when it was asked for, perhaps ahead, to when the first trusted narinfo came
 */
public record TrustedNarinfo(VerifiedNarinfo verified, Optional<Narinfo> proof, List<NarOffer> offers, boolean isFresh,
        Duration took) {
    public TrustedNarinfo {
        offers = List.copyOf(offers);
    }

    /** Whether strangers may hear of it. */
    public boolean isPublic() {
        return proof.isPresent();
    }

    public StorePath path() {
        return verified.path();
    }

    /** The narinfo, signed part and all. */
    public Narinfo narinfo() {
        return verified.narinfo();
    }
}
