// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.ByteSize;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Prefetch;
import org.guixp2p.node.config.SeedQuota;
import org.guixp2p.node.config.SeedStore;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;

/** How a node of a {@link World} is to be: alone, honest, at 127.0.0.1, and asking peers only, unless something else is said. */
final class NodePlan {
    private static final int PEERS_A_DOWNLOAD = 20;

    private final World world;
    private final String name;
    private final List<StorePath> seeds = new ArrayList<>();
    private final List<PeerAddress> peers = new ArrayList<>();
    private List<URI> servers;
    private String host = "127.0.0.1";
    private SubstitutePolicy policy = SubstitutePolicy.P2P_ONLY;
    private Node.Stand stand = Node.Stand.USUAL;
    private Duration requestTimeout = Duration.ofSeconds(20);
    private Duration stallTimeout = Duration.ofSeconds(20);
    private Optional<NodeConfig.Dht> dht = Optional.empty();
    private ByteRate uploadLimit = ByteRate.UNLIMITED;
    private SeedQuota quota = SeedQuota.USUAL;
    private Prefetch prefetch = Prefetch.FULL;
    private boolean ownStore;
    private boolean allPrivate;
    private Optional<HostAndPort> gateway = Optional.empty();
    private NodeConfig.Store store = NodeConfig.Store.NOTHING;

    NodePlan(World world, String name) {
        this.world = world;
        this.name = name;
        this.servers = List.of(world.server().url());
    }

    /** Listens there; votes of peers count once a /24. */
    NodePlan at(String address) {
        host = address;
        return this;
    }

    NodePlan policy(SubstitutePolicy how) {
        policy = how;
        return this;
    }

    /** Offers these items, which lie in its store. */
    NodePlan seeding(World.Item... items) {
        return seeding(Stream.of(items).map(World.Item::path).toArray(StorePath[]::new));
    }

    NodePlan seeding(StorePath... items) {
        seeds.addAll(List.of(items));
        return this;
    }

    /** Offers what is public of its store. */
    NodePlan seedingItsStore() {
        store = new NodeConfig.Store(SeedStore.PUBLIC, List.of(), List.of());
        return this;
    }

    /** Gives nobody what has such a name, and seeds nothing of its store. */
    NodePlan never(String pattern) {
        store = new NodeConfig.Store(SeedStore.OFF, List.of(), List.of(new NamePattern(pattern)));
        return this;
    }

    NodePlan dialling(Node... nodes) {
        return dialling(Stream.of(nodes).map(World::address).toList());
    }

    NodePlan dialling(Line... lines) {
        return dialling(Stream.of(lines).map(Line::address).toList());
    }

    NodePlan dialling(PeerAddress... addresses) {
        return dialling(List.of(addresses));
    }

    NodePlan dialling(List<PeerAddress> addresses) {
        peers.addAll(addresses);
        return this;
    }

    /** Is in a DHT of its own with these, by which it joins; shares with the world. */
    NodePlan meetingAt(Node... nodes) {
        dht = Optional.of(new NodeConfig.Dht(DhtMode.PRIVATE,
                Stream.of(nodes).map(node -> World.address(node).endpoint()).toList(), NodeConfig.Dht.RATE));
        return this;
    }

    /** Asks these substitute servers, instead of the world's. */
    NodePlan servers(URI... urls) {
        servers = List.of(urls);
        return this;
    }

    NodePlan giving(UnaryOperator<Offers> instead) {
        stand = stand.giving(instead);
        return this;
    }

    NodePlan clock(InstantSource clock) {
        stand = new Node.Stand(stand.giving(), clock, stand.readAhead());
        return this;
    }

    NodePlan readAhead(long bytes) {
        stand = new Node.Stand(stand.giving(), stand.clock(), bytes);
        return this;
    }

    NodePlan requestTimeout(Duration longest) {
        requestTimeout = longest;
        return this;
    }

    NodePlan stallTimeout(Duration longest) {
        stallTimeout = longest;
        return this;
    }

    NodePlan prefetch(Prefetch how) {
        prefetch = how;
        return this;
    }

    /** Has none of the items that others seed. */
    NodePlan withAStoreOfItsOwn() {
        ownStore = true;
        return this;
    }

    /** Has no key whose items are public. */
    NodePlan withNothingPublic() {
        allPrivate = true;
        return this;
    }

    /** Answers any Guix of this machine. */
    NodePlan withAGateway() {
        gateway = Optional.of(new HostAndPort("127.0.0.1", 0));
        return this;
    }

    /** Gives no more than that. */
    NodePlan uploadLimit(ByteRate most) {
        uploadLimit = most;
        return this;
    }

    /** Keeps no more downloads than that. */
    NodePlan quota(long bytes) {
        quota = new SeedQuota(new ByteSize(bytes), 1);
        return this;
    }

    /** Starts it, and returns when it offers what it is to offer and is connected with whom it is to dial. */
    Node start() throws IOException, StartException {
        Node node = world.start(config(), stand);
        World.awaitOffered(node, seeds.size());
        World.awaitPeers(node, peers.size());
        return node;
    }

    private NodeConfig config() throws IOException {
        NodeConfig usual = world.config(name, policy, seeds, peers);
        NodeConfig.Seeding seeding = usual.seeding();
        NodeConfig.Network network = usual.network();
        return new NodeConfig(
                new NodeConfig.Substitutes(policy, servers, usual.substitutes().minProviders(), prefetch,
                        usual.substitutes().aclPath()),
                new NodeConfig.Seeding(dht.isPresent() ? Share.WORLD : seeding.share(),
                        allPrivate ? List.of() : seeding.publicKeys(), seeding.paths(), seeding.downloads(), quota,
                        store),
                new NodeConfig.Network(List.of(new HostAndPort(host, 0)), List.of(), peers, network.portMapping(), 50,
                        network.maxLight(),
                        network.lan(),
                        dht.orElse(network.dht())),
                new NodeConfig.Transfers(requestTimeout, stallTimeout, PEERS_A_DOWNLOAD, uploadLimit,
                        ByteRate.UNLIMITED),
                ownStore
                        ? new NodeConfig.Files(usual.files().cacheDir(), usual.files().stateDir(),
                                world.home(name).resolve("root"))
                        : usual.files(),
                usual.bridge(), usual.api(), gateway, usual.logLevel());
    }

    /** Writes it as a settings file, for a node in a process of its own, which has no stand but the usual one. */
    Path configFile() throws IOException {
        assertEquals(Node.Stand.USUAL, stand);
        NodeConfig config = config();
        return Files.writeString(world.home(name).resolve("conf"), """
                substitute_policy = "%s"
                substitute_urls = [%s]
                acl_path = "%s"
                public_keys = ["%s"]
                seed_paths = [%s]
                bootstrap_peers = [%s]
                listen_address = ["%s:0"]
                api_bind = "127.0.0.1:0"
                max_peers_per_download = %d
                max_upload_rate = %d
                request_timeout = "%d ms"
                stall_timeout = "%d ms"
                cache_dir = "%s"
                state_dir = "%s"
                socket_path = "%s"
                store_root = "%s"
                """.formatted(Words.of(policy), list(servers, URI::toString),
                config.substitutes().aclPath(), world.publicKey(name), list(seeds, StorePath::path),
                list(peers, PeerAddress::toString), host, PEERS_A_DOWNLOAD, uploadLimit.bytesPerSecond(),
                requestTimeout.toMillis(), stallTimeout.toMillis(), config.files().cacheDir(),
                config.files().stateDir(), config.bridge().socketPath(), config.files().storeRoot()));
    }

    private static <T> String list(List<T> all, Function<T, String> text) {
        return all.stream().map(each -> '"' + text.apply(each) + '"').collect(Collectors.joining(", "));
    }
}
