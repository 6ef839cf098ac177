// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.util.List;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.VerifiedNarinfo;

/**
 * A narinfo that may be acted upon.
 *
 * @param verified signed by a key of the ACL
 * @param isPublic whether one of the public keys has signed the same path with the same NarHash, so that strangers may hear
 *        of it
 * @param offers where servers have the NAR: those whose narinfo says the same
 */
public record TrustedNarinfo(VerifiedNarinfo verified, boolean isPublic, List<NarOffer> offers) {
    public TrustedNarinfo {
        offers = List.copyOf(offers);
    }

    public StorePath path() {
        return verified.path();
    }

    /** The narinfo, signed part and all. */
    public Narinfo narinfo() {
        return verified.narinfo();
    }
}
