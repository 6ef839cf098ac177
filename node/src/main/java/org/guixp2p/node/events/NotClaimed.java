// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.time.Duration;
import java.util.Optional;
import org.guixp2p.node.download.PeersOver;
import org.guixp2p.node.metadata.TrustedNarinfo;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/**
 * An item that somebody has asked about, and that was not promised to him.
 *
 * @param known what is right; empty when no narinfo counts
 * @param lookedUp from the question to the narinfo, or to when none came
 * @param asked how long peers were asked then, and servers waited for that may have been back
 */
public record NotClaimed(StorePath path, Optional<Known> known, Duration lookedUp, Duration asked) {
    /**
     * An item of which a narinfo counts.
     *
     * @param over why it cannot be had from peers
     * @param noServers why not from servers either, in words
     */
    public record Known(NarHash nar, Optional<NarSize> size, PeersOver over, String noServers) {
        /** As the narinfo says it. */
        public static Known of(TrustedNarinfo trusted, PeersOver over, String noServers) {
            return new Known(trusted.narinfo().narHash(), trusted.narinfo().narSize(), over, noServers);
        }
    }
}
