// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import org.guixp2p.protocol.dht.DhtId;

/** Is told what becomes of announcements: on any thread, which it does not block. */
@FunctionalInterface
public interface AnnouncementWatcher {
    /**
     * An announcement is over in one address family; it is made again after a while.
     *
     * @param keptBy how many nodes have taken it
     * @param asked how many were asked to
     */
    void ended(DhtId key, int keptBy, int asked);
}
