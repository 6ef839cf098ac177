// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/** In which DHT providers are looked for. */
public enum DhtMode {
    /** BitTorrent's, which is there already. */
    MAINLINE,
    /** One of the user's own nodes, whose ids are bound to their addresses. */
    PRIVATE,
    /** None. */
    OFF
}
