// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import org.guixp2p.protocol.item.StorePath;

/** Hears what whoever asks about an item is told. From any thread. */
public interface ClaimWatcher {
    /** It can be had. */
    void claimed(StorePath path);

    /** It cannot. */
    void notClaimed(NotClaimed item);
}
