// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;

/**
 * The answer to {@code GET /api/status}.
 *
 * @param peerId the node's peer id in nix-base32
 * @param version the program's version
 * @param uptimeSeconds since the node was ready
 * @param policy {@code p2p-only}, {@code p2p-first} or {@code http-first}
 * @param share {@code off}, {@code lan} or {@code world}
 * @param listening where the swarm listens, as {@code HOST:PORT}
 * @param connectedPeers how many peers are connected by full sessions
 * @param lightPeers with how many there are light sessions, in which nothing but inventories is exchanged
 * @param seeds how many items are offered, those of the store too
 * @param activeTransfers downloads under way
 * @param daemonCommands commands that {@code guix-daemon}'s substituters have given it since it has started; none shows that the daemon does not ask it
 * @param buildsSeen how many builds trusted narinfos have named since it has started
 * @param connectivity whether others get through to it
 * @param dhtNodes how many nodes of the DHT are known
 * @param providerRecords under how many keys others in the DHT know this node: that of each NAR, and that where all meet
 * @param receivedBytes of NARs that have come from peers and servers since it has started
 * @param givenBytes of NARs that were given to peers since then
 */
public record NodeStatus(String peerId, String version, long uptimeSeconds, String policy, String share,
        List<String> listening, int connectedPeers, int lightPeers, int seeds, int activeTransfers,
        long daemonCommands, long buildsSeen,
        ConnectivityStatus connectivity, int dhtNodes, int providerRecords, long receivedBytes, long givenBytes) {}
