// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.Optional;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.item.NarHash;

/** Is told what becomes of announcements: on any thread, which it does not block. */
@FunctionalInterface
public interface AnnouncementWatcher {
    /**
     * An announcement is over in one address family; it is made again after a while.
     *
     * @param nar what was announced; nothing where all meet
     * @param key what it was announced under
     * @param keptBy how many nodes have taken it
     * @param asked how many were asked to
     */
    void ended(Optional<NarHash> nar, DhtId key, int keptBy, int asked);
}
