// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.time.Duration;
import java.util.Optional;
import org.guixp2p.node.download.PeersOver;
import org.guixp2p.node.metadata.TrustedNarinfo;
import org.guixp2p.protocol.item.StorePath;

/**
 * An item that somebody has asked about, and that was not promised to him.
 *
 * @param trusted what is right; empty when no narinfo counts
 * @param over why it cannot be had from peers, where they alone are asked; empty without a narinfo
 * @param lookedUp how long narinfos were looked for
 * @param asked how long peers were asked
 */
public record NotClaimed(StorePath path, Optional<TrustedNarinfo> trusted, Optional<PeersOver> over, Duration lookedUp,
        Duration asked) {
    /** There is no narinfo that counts. */
    public static NotClaimed unknown(StorePath path, Duration lookedUp) {
        return new NotClaimed(path, Optional.empty(), Optional.empty(), lookedUp, Duration.ZERO);
    }

    /** What is right is known, and peers do not have it. */
    public static NotClaimed of(TrustedNarinfo trusted, PeersOver over, Duration asked) {
        return new NotClaimed(trusted.path(), Optional.of(trusted), Optional.of(over), trusted.took(), asked);
    }
}
