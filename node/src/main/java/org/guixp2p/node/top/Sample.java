// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import com.typesafe.config.Config;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.guixp2p.protocol.FormatException;

/**
 * How the node was doing at one moment. Texts that others have a say in can be shown as they are.
 *
 * @param nanos when, by a clock that only goes forward
 * @param transfers downloads under way, and then the latest that are over
 * @param servers those that NARs are asked of
 * @param finished what is over or was not promised, the latest first
 * @param events the latest first
 * @param withheld what the node does not say, and why: an older one does not know each question
 */
public record Sample(long nanos, Summary summary, List<Transfer> transfers, List<Peer> peers, List<Server> servers,
        List<Finished> finished, List<Event> events, Map<Listing, String> withheld) {
    /** Where the name begins in a store path: after the directory, the hash and a hyphen. */
    private static final int NAME = "/gnu/store/".length() + 33;

    public Sample {
        transfers = List.copyOf(transfers);
        peers = List.copyOf(peers);
        servers = List.copyOf(servers);
        finished = List.copyOf(finished);
        events = List.copyOf(events);
        withheld = Map.copyOf(withheld);
    }

    /** The name in a store path. */
    static String itemName(String storePath) {
        String path = FormatException.printable(storePath);
        return path.length() > NAME ? path.substring(NAME) : path;
    }

    private static String text(Config answer, String key) {
        return answer.hasPath(key) ? FormatException.printable(answer.getString(key)) : "";
    }

    /**
     * The node as a whole.
     *
     * @param reachability by IPv4 and by IPv6
     * @param dhtNodes how many nodes of the DHT are known
     * @param buildsSeen how many builds trusted narinfos have named
     * @param providerRecords under how many keys others in the DHT know it
     * @param receivedBytes of NARs, from whomever, since it has started
     * @param givenBytes of NARs, likewise
     */
    public record Summary(String peerId, String version, long uptimeSeconds, String policy, String share,
            String reachability, int dhtNodes, int seeds, int activeTransfers, long buildsSeen, int providerRecords,
            long receivedBytes, long givenBytes) {
        static Summary of(Config answer) {
            return new Summary(answer.getString("peer_id"), answer.getString("version"), answer.getLong("uptime_s"),
                    answer.getString("policy"), answer.getString("share"),
                    answer.getString("reachability.ipv4") + ", " + answer.getString("reachability.ipv6"),
                    answer.getInt("dht_nodes"), answer.getInt("seeds"), answer.getInt("active_transfers"),
                    answer.getLong("builds_seen"), answer.getInt("provider_records"),
                    answer.getLong("received_bytes"), answer.getLong("given_bytes"));
        }
    }

    /**
     * A download.
     *
     * @param name of the store item, without its hash
     * @param narBytes -1 when nobody has said
     * @param verifiedBytes of the NAR, from its first on
     * @param receivedBytes of the NAR, from whomever
     * @param failure why it failed; empty when it did not
     */
    public record Transfer(long id, String name, String state, long narBytes, long verifiedBytes, long receivedBytes,
            int providers, String failure) {
        static Transfer of(Config answer) {
            return new Transfer(answer.getLong("id"), itemName(answer.getString("store_path")),
                    answer.getString("state"),
                    answer.getLong("nar_bytes"), answer.getLong("verified_bytes"), answer.getLong("received_bytes"),
                    answer.getInt("providers"), text(answer, "failure"));
        }

        boolean isOver() {
            return state.equals("done") || state.equals("failed");
        }
    }

    /**
     * Somebody who is connected.
     *
     * @param receivedBytes of blocks from it over this connection
     * @param sentBytes of blocks to it
     * @param roundTripMillis what the last ping took; empty when none was answered yet
     */
    public record Peer(String peerId, String address, String agent, boolean inbound, double score, long receivedBytes,
            long sentBytes, OptionalDouble roundTripMillis) {
        static Peer of(Config answer) {
            return new Peer(answer.getString("peer_id"), answer.getString("address"),
                    FormatException.printable(answer.getString("agent")), answer.getBoolean("inbound"),
                    answer.getDouble("score"), answer.getLong("received_bytes"), answer.getLong("sent_bytes"),
                    answer.hasPath("round_trip_ms")
                            ? OptionalDouble.of(answer.getDouble("round_trip_ms"))
                            : OptionalDouble.empty());
        }
    }

    /**
     * A substitute server.
     *
     * @param narinfoMillis what a narinfo takes; 0 when that is not known
     * @param bytesPerSecond the rate of those files that come fastest; likewise
     * @param asked for how many narinfos it was asked
     * @param had how many of these it had
     * @param fault what is wrong with it; empty when nothing is
     * @param why it stands where it does
     */
    public record Server(String name, double narinfoMillis, double bytesPerSecond, long asked, long had, String fault,
            String why) {
        static Server of(Config answer) {
            return new Server(FormatException.printable(answer.getString("server")), answer.getDouble("narinfo_ms"),
                    answer.getConfigList("files").stream().mapToDouble(files -> files.getDouble("bytes_per_s")).max()
                            .orElse(0),
                    answer.getLong("narinfos_asked"), answer.getLong("narinfos_had"), text(answer, "fault"),
                    (answer.getBoolean("discovered") ? "discovered; " : "")
                            + FormatException.printable(answer.getString("why")));
        }
    }

    /**
     * What became of an item.
     *
     * @param name of the store item, without its hash
     * @param narBytes 0 when that is not known
     * @param answer why it went as it did
     */
    public record Finished(String name, String outcome, String from, long narBytes, double seconds, String answer) {
        static Finished of(Config answer) {
            return new Finished(itemName(answer.getString("path")), answer.getString("outcome"),
                    answer.getString("from"),
                    answer.getLong("size"), answer.getDouble("seconds"), text(answer, "answer"));
        }
    }

    /**
     * What has happened.
     *
     * @param number by which it is told from others, and after which the next ones come
     * @param at the time of the day
     * @param what it has to do with, in words
     */
    public record Event(long number, String at, String type, String what) {
        private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

        static Event of(Config answer) {
            return new Event(answer.getLong("number"),
                    TIME.format(Instant.parse(answer.getString("at")).atZone(ZoneId.systemDefault())),
                    FormatException.printable(answer.getString("type")), EventWords.of(answer));
        }
    }
}
