// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;

/**
 * Bounds on what clients may take.
 *
 * @param idle a connection on which nothing was asked for, or not all of a question came, for this long is closed
 * @param stalled so is one whose client takes nothing of what is there for it; that there is nothing yet is no reason
 * @param placeWithin who finds no place for a NAR that lies here, or is to be compressed, waits so long
 * @param lookupWithin whoever is asked about an item has so long to answer; then it is as if nobody had it
 * @param connections at a time, of all clients
 * @param connectionsOfClient of one
 * @param nars being sent at a time, to all clients
 * @param narsOfClient to one
 * @param lookups about which others are asked: so many of one client at once
 * @param lookupsPerSecond and so many a second in the long run
 */
public record GatewaySettings(Duration idle, Duration stalled, Duration placeWithin, Duration lookupWithin,
        int connections, int connectionsOfClient, int nars, int narsOfClient, int lookups, double lookupsPerSecond) {
    /** What users have. A closure may have thousands of items, which Guix asks about in batches of a thousand. */
    public static final GatewaySettings USUAL = new GatewaySettings(Duration.ofSeconds(60), Duration.ofSeconds(60),
            Duration.ofSeconds(30), Duration.ofSeconds(15), 2048, 512, 256, 128, 4000, 100);
}
