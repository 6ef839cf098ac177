// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import com.typesafe.config.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * What the node that runs says of itself.
 *
 * @param listening where peers connect
 * @param mapped where its router lets others in, if it does
 * @param inbound where peers are that have dialled it
 * @param reachability whether others get through: {@code reachable}, {@code unreachable} or {@code unknown}, for {@code ipv4} and
 *         {@code ipv6}
 * @param dht one for each family
 */
public record RunningNode(String peerId, String share, long uptimeSeconds, List<HostAndPort> listening,
        Optional<Mapped> mapped, int peers, List<HostAndPort> inbound, Map<String, String> reachability,
        List<Family> dht) {
    public RunningNode {
        reachability = Map.copyOf(reachability);
    }

    /**
     * A port of the router.
     *
     * @param protocol by which it was asked
     */
    public record Mapped(HostAndPort address, String protocol) {}

    /**
     * The DHT of one family.
     *
     * @param seenAt where others see it, when they have said
     * @param nodes how many of them are known
     * @param isAlone whether none of them answers
     * @param recordKeptBy how many keep what the node says of where it is, as far as it knows
     */
    public record Family(String name, Optional<String> seenAt, int nodes, boolean isAlone, int recordKeptBy) {}

    /**
     * Asks it.
     *
     * @throws IOException in one line for people, when it does not answer
     */
    public static RunningNode ask(NodeConfig config) throws IOException {
        Path socket = ControlServer.beside(config.bridge().socketPath());
        List<Config> answer = new ArrayList<>();
        ControlClient.ask(socket, new ControlQuestion.Status(), answer::add);
        if (answer.isEmpty()) {
            throw new IOException("the node at " + socket + " says nothing of itself");
        }
        return of(answer.getFirst());
    }

    /** Asks it, if there is one that answers. */
    static Optional<RunningNode> find(NodeConfig config) {
        try {
            return Optional.of(ask(config));
        } catch (IOException e) {
            return Optional.empty(); // NodeCheck says so
        }
    }

    private static RunningNode of(Config status) throws IOException {
        return new RunningNode(status.getString("peer_id"), status.getString("share"), status.getLong("uptime_s"),
                addresses(status.getStringList("listening")), mapped(status), status.getInt("connected_peers"),
                addresses(status.getStringList("inbound_peers")),
                Map.of("ipv4", status.getString("reachability.ipv4"), "ipv6",
                        status.getString("reachability.ipv6")),
                status.getConfigList("dht").stream().map(RunningNode::family).toList());
    }

    private static Optional<Mapped> mapped(Config status) throws IOException {
        return status.hasPath("mapped_address")
                ? Optional.of(new Mapped(HostAndPort.parse(status.getString("mapped_address")),
                        status.getString("mapped_by")))
                : Optional.empty();
    }

    private static List<HostAndPort> addresses(List<String> texts) throws IOException {
        List<HostAndPort> addresses = new ArrayList<>();
        for (String text : texts) {
            addresses.add(HostAndPort.parse(text));
        }
        return addresses;
    }

    private static Family family(Config dht) {
        return new Family(dht.getString("family"),
                dht.hasPath("seen_at") ? Optional.of(dht.getString("seen_at")) : Optional.empty(), dht.getInt("nodes"),
                dht.getBoolean("alone"), dht.getInt("record_kept_by"));
    }

    /** By which families others get through, or do not, as {@code verdict} says: {@code IPv4}, {@code IPv6}. */
    public List<String> families(String verdict) {
        return Stream.of("IPv4", "IPv6")
                .filter(family -> verdict.equals(reachability.get(family.toLowerCase(Locale.ROOT)))).toList();
    }

    /** How many nodes of the DHT keep what it says of where it is, so that those who know it find it elsewhere. */
    public int recordKeptBy() {
        return dht.stream().mapToInt(Family::recordKeptBy).sum();
    }

    /** Where others in the DHT see it. */
    Stream<InetAddress> seenAt() {
        return dht.stream().flatMap(family -> family.seenAt().stream()).map(InetAddress::ofLiteral);
    }
}
