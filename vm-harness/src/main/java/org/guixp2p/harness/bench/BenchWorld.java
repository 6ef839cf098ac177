// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.relay.Relay;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;

/** A substitute server and seeders, each behind a link of its own, and fetchers that come and go. */
public final class BenchWorld implements Closeable {
    private static final String HOST = "guix-p2p-bench";
    /** Defaults of the node that bigger swarms must raise. */
    private static final int PEERS = 50;
    private static final int PEERS_PER_DOWNLOAD = 8;

    private final Workplace place;
    private final HttpClient http;
    private final Programs programs;
    private final Path seedRoot;
    private final List<StorePath> paths;
    private final SubstituteSite site;
    private final String prefetch;
    private final int nodes;
    private final List<Seeder> seeders = new ArrayList<>();
    private int started;

    /** A seeder and the link in front of it, if any. */
    public record Seeder(NodeProcess node, Optional<Relay> relay) {
        /** Where to dial it. */
        public PeerAddress address() throws IOException {
            return relay.isEmpty() ? node.address() : new PeerAddress(node.address().id(), relay.get().address());
        }
    }

    private BenchWorld(Workplace place, HttpClient http, Programs programs, Path seedRoot, List<TreeItem> items,
            int nodes, SubstituteSite site, String prefetch) {
        this.place = place;
        this.http = http;
        this.programs = programs;
        this.seedRoot = seedRoot;
        this.paths = items.stream().map(TreeItem::path).toList();
        this.nodes = nodes;
        this.site = site;
        this.prefetch = prefetch;
    }

    /**
     * Publishes {@code items}; there is no node yet.
     *
     * @param nodes how many there will be at most
     */
    static BenchWorld publish(Workplace place, HttpClient http, Programs programs, Path seedRoot, List<TreeItem> items,
            int nodes) throws IOException, InterruptedException {
        // What was asked for together with what warms up would be here before the clock runs.
        return new BenchWorld(place, http, programs, seedRoot, items, nodes,
                SubstituteSite.publish(place, programs, HOST, items), "metadata");
    }

    /** Likewise, around a server that is there, and with nodes that fetch ahead. */
    public static BenchWorld around(Workplace place, HttpClient http, Programs programs, Path seedRoot,
            List<TreeItem> items, int nodes, SubstituteSite site) {
        return new BenchWorld(place, http, programs, seedRoot, items, nodes, site, "full");
    }

    SubstituteSite site() {
        return site;
    }

    List<Seeder> seeders() {
        return List.copyOf(seeders);
    }

    /** Starts seeders in place of those that there are, and returns when they offer all items. */
    public void startSeeders(int count, Optional<Link> link) throws IOException, InterruptedException {
        endSeeders();
        for (int i = 0; i < count; i++) {
            started++;
            NodeProcess node = startNode("seeder-" + started, seedRoot, List.of(), paths);
            HostAndPort address = node.address().endpoint();
            seeders.add(new Seeder(node,
                    link.isEmpty() ? Optional.empty() : Optional.of(Relay.start(address, link.get()))));
        }
        for (Seeder seeder : seeders) {
            seeder.node().awaitSeeds(paths);
        }
    }

    /** Starts nodes that have nothing, each knowing all seeders and those before it, and returns when they are connected. */
    public List<NodeProcess> startFetchers(int count) throws IOException, InterruptedException {
        List<PeerAddress> peers = new ArrayList<>();
        for (Seeder seeder : seeders) {
            peers.add(seeder.address());
        }
        List<NodeProcess> fetchers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            started++;
            NodeProcess node = startNode("fetcher-" + started, seedRoot.resolveSibling("nothing"), peers, List.of());
            fetchers.add(node);
            peers.add(node.address());
        }
        for (NodeProcess fetcher : fetchers) {
            fetcher.awaitPeers(seeders.size() + count - 1);
        }
        return fetchers;
    }

    private NodeProcess startNode(String name, Path storeRoot, List<PeerAddress> peers, List<StorePath> seeds)
            throws IOException, InterruptedException {
        Map<String, Object> settings = site.settings(storeRoot);
        settings.put("prefetch", prefetch);
        settings.put("max_total_peers", Math.max(PEERS, 2 * nodes));
        settings.put("max_peers_per_download", Math.max(PEERS_PER_DOWNLOAD, nodes));
        settings.put("bootstrap_peers", peers.stream().map(PeerAddress::toString).toList());
        return NodeProcess.start(place, http, name, programs.node(List.of("node")), programs.environment(), settings,
                seeds);
    }

    /** All that a node has. */
    public Path directory(NodeProcess node) {
        return place.directory().resolve(node.name());
    }

    /** Where {@code fetcher} restores what it fetches, a store of its own. */
    Path destination(NodeProcess fetcher, TreeItem item) throws IOException {
        return Files.createDirectories(directory(fetcher).resolve("fetched-store"))
                .resolve(item.path().baseName());
    }

    /** Delays each way of the connections to seeders that come from now on by so much. */
    public void delay(Duration each) {
        seeders.forEach(seeder -> seeder.relay().ifPresent(relay -> relay.delay(each)));
    }

    /** Bytes that have passed the links of all seeders. */
    long relayed() {
        return seeders.stream().flatMap(seeder -> seeder.relay().stream()).mapToLong(Relay::carried).sum();
    }

    /** How long the links of all seeders together stood still for want of a processor, in nanoseconds. */
    long lostNanos() {
        return seeders.stream().flatMap(seeder -> seeder.relay().stream()).mapToLong(Relay::lostNanos).sum();
    }

    /** Where connections are dialled to that no relay counts. */
    Set<Integer> unrelayedPorts(List<NodeProcess> fetchers) {
        Set<Integer> ports = new HashSet<>();
        seeders.stream().filter(seeder -> seeder.relay().isEmpty())
                .forEach(seeder -> ports.add(seeder.node().address().endpoint().port()));
        fetchers.forEach(fetcher -> ports.add(fetcher.address().endpoint().port()));
        return ports;
    }

    private void endSeeders() throws IOException, InterruptedException {
        for (Seeder seeder : seeders) {
            seeder.node().child().end();
        }
        close();
        seeders.clear();
    }

    /** Ends the links; nodes end with the place that they run in. */
    @Override
    public void close() throws IOException {
        for (Seeder seeder : seeders) {
            if (seeder.relay().isPresent()) {
                seeder.relay().get().close();
            }
        }
    }
}
