// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import com.typesafe.config.Config;
import java.util.List;
import org.guixp2p.protocol.FormatException;

/**
 * How the node was doing at one moment. Texts that others have a say in can be shown as they are.
 *
 * @param nanos when, by a clock that only goes forward
 * @param transfers downloads under way, and then the latest that are over
 */
public record Sample(long nanos, Summary summary, List<Transfer> transfers, List<Peer> peers) {
    public Sample {
        transfers = List.copyOf(transfers);
        peers = List.copyOf(peers);
    }

    /**
     * The node as a whole.
     *
     * @param reachability by IPv4 and by IPv6
     * @param dhtNodes how many nodes of the DHT are known
     */
    public record Summary(String peerId, String version, long uptimeSeconds, String policy, String share,
            String reachability, int dhtNodes, int seeds) {
        static Summary of(Config answer) {
            return new Summary(answer.getString("peer_id"), answer.getString("version"), answer.getLong("uptime_s"),
                    answer.getString("policy"), answer.getString("share"),
                    answer.getString("reachability.ipv4") + ", " + answer.getString("reachability.ipv6"),
                    answer.getConfigList("dht").stream().mapToInt(family -> family.getInt("nodes")).sum(),
                    answer.getInt("seeds"));
        }
    }

    /**
     * A download.
     *
     * @param name of the store item, without its hash
     * @param narBytes -1 when nobody has said
     * @param verifiedBytes of the NAR, from its first on
     * @param receivedBytes of the NAR, from whomever
     */
    public record Transfer(long id, String name, String state, long narBytes, long verifiedBytes, long receivedBytes,
            int providers) {
        /** Where the name begins in a store path: after the directory, the hash and a hyphen. */
        private static final int NAME = "/gnu/store/".length() + 33;

        static Transfer of(Config answer) {
            String path = FormatException.printable(answer.getString("store_path"));
            return new Transfer(answer.getLong("id"), path.length() > NAME ? path.substring(NAME) : path,
                    answer.getString("state"), answer.getLong("nar_bytes"), answer.getLong("verified_bytes"),
                    answer.getLong("received_bytes"), answer.getInt("providers"));
        }

        boolean isOver() {
            return state.equals("done") || state.equals("failed");
        }
    }

    /** Somebody who is connected. */
    public record Peer(String peerId, String address, String agent, boolean inbound, double score) {
        static Peer of(Config answer) {
            return new Peer(answer.getString("peer_id"), answer.getString("address"),
                    FormatException.printable(answer.getString("agent")), answer.getBoolean("inbound"),
                    answer.getDouble("score"));
        }
    }
}
