// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;

/** A substitute server, seeders and a fetcher, on loopback or on a network of their own, each in a process of its own. */
final class DemoWorld {
    private static final String HOST = "guix-p2p-demo";
    private static final String LOOPBACK = "127.0.0.1";

    private final Workplace place;
    private final Programs programs;
    private final List<TreeItem> items;
    private final SubstituteSite site;
    private final Path fetchedStore;
    private final HttpClient http;
    private final Discovery discovery;
    private final Optional<LocalNetwork> network;
    private final List<NodeProcess> seeders = new ArrayList<>();
    private String liar = "";
    private Optional<NodeProcess> meetingPoint = Optional.empty();
    private Optional<NodeProcess> fetcher = Optional.empty();

    private DemoWorld(Workplace place, HttpClient http, Programs programs, List<TreeItem> items, SubstituteSite site,
            Discovery discovery, Optional<LocalNetwork> network) throws IOException {
        this.discovery = discovery;
        this.network = network;
        this.place = place;
        this.http = http;
        this.programs = programs;
        this.items = List.copyOf(items);
        this.site = site;
        this.fetchedStore = Files.createDirectory(place.directory().resolve("fetched-store"));
    }

    /**
     * Puts it together; when this returns, the seeders offer all items, and the fetcher is connected to them or knows where to look
     * for them.
     *
     * @param seedRoot below which seeders find {@code /gnu/store}
     */
    static DemoWorld start(Workplace place, HttpClient http, Programs programs, DemoPlan plan, Path seedRoot,
            List<TreeItem> items) throws IOException, InterruptedException {
        Optional<LocalNetwork> network = plan.discovery() == Discovery.LAN
                ? Optional.of(LocalNetwork.make())
                : Optional.empty();
        String hub = network.map(LocalNetwork::hub).orElse(LOOPBACK);
        SubstituteSite site = SubstituteSite.publish(place, programs, HOST, hub, items);
        DemoWorld world = new DemoWorld(place, http, programs, items, site, plan.discovery(), network);
        if (plan.discovery() == Discovery.DHT) {
            world.meetingPoint = Optional.of(world.start("bootstrap", programs.node(List.of("node")),
                    world.settings(seedRoot.resolveSibling("nothing")), List.of()));
        }
        for (int i = 1; i <= DemoPlan.SEEDERS; i++) {
            boolean lies = plan.liar() && i == DemoPlan.SEEDERS;
            world.startSeeder("seeder-" + i, lies, plan, seedRoot);
        }
        for (NodeProcess seeder : world.seeders) {
            seeder.awaitSeeds(items.stream().map(TreeItem::path).toList());
        }
        world.awaitAnnouncements();
        world.startFetcher(seedRoot);
        return world;
    }

    private void startSeeder(String name, boolean lies, DemoPlan plan, Path seedRoot)
            throws IOException, InterruptedException {
        Map<String, Object> settings = settings(seedRoot);
        if (plan.maxUploadRate() > 0) {
            settings.put("max_upload_rate", Long.toString(plan.maxUploadRate()));
        }
        List<StorePath> paths = items.stream().map(TreeItem::path).toList();
        if (lies) {
            liar = name;
        }
        List<String> command = lies ? programs.harness(List.of("lying-node")) : programs.node(List.of("node"));
        seeders.add(start(name, command, settings, paths));
    }

    private Map<String, Object> settings(Path storeRoot) {
        Map<String, Object> settings = site.settings(storeRoot);
        if (discovery == Discovery.DHT) {
            settings.put("share", "world");
            settings.put("dht", "private");
            settings.put("dht_routers",
                    meetingPoint.stream().map(node -> node.address().endpoint().toString()).toList());
        }
        return settings;
    }

    private NodeProcess start(String name, List<String> command, Map<String, Object> settings, List<StorePath> paths)
            throws IOException, InterruptedException {
        if (network.isEmpty()) {
            return NodeProcess.start(place, http, name, command, programs.environment(), settings, paths);
        }
        LocalNetwork.Machine machine = network.get().machine();
        settings.put("listen_address", List.of(machine.address() + ":0"));
        settings.put("api_bind", machine.address() + ":0");
        return NodeProcess.start(place, http, name, machine.inside(command), programs.environment(), settings, paths);
    }

    /** Else the fetcher could look for what nobody has told of yet. */
    private void awaitAnnouncements() throws IOException, InterruptedException {
        if (discovery == Discovery.DHT) {
            for (NodeProcess seeder : seeders) {
                seeder.awaitAnnounced(items.size() + 1);
            }
        }
    }

    private void startFetcher(Path seedRoot) throws IOException, InterruptedException {
        Map<String, Object> settings = settings(seedRoot.resolveSibling("nothing"));
        if (discovery == Discovery.NAMED) {
            settings.put("bootstrap_peers", seeders.stream().map(seeder -> seeder.address().toString()).toList());
        }
        NodeProcess node = start("fetcher", programs.node(List.of("node")), settings, List.of());
        if (discovery == Discovery.NAMED) {
            node.awaitPeers(seeders.size());
        }
        fetcher = Optional.of(node);
    }

    /**
     * Starts {@code guix-p2p substitute} as the daemon would.
     *
     * @param mode {@code --query} or {@code --substitute}
     */
    Substituter startSubstituter(String mode) throws IOException {
        return site.startSubstituter(fetcher(), "substitute " + mode, mode);
    }

    /** Where {@code item} is restored, in a store of its own. */
    Path destination(TreeItem item) {
        return fetchedStore.resolve(item.path().baseName());
    }

    List<TreeItem> items() {
        return items;
    }

    List<NodeProcess> seeders() {
        return List.copyOf(seeders);
    }

    /** Those that serve what they should. */
    List<NodeProcess> honestSeeders() {
        return seeders.stream().filter(seeder -> !seeder.name().equals(liar)).toList();
    }

    NodeProcess fetcher() {
        return fetcher.orElseThrow();
    }

    /** The words that ask a node for something by HTTP, before where it is. */
    String asks() {
        return network.map(LocalNetwork::asks).orElse("curl ");
    }

    /** How often the substitute server was asked for a NAR. */
    int narRequests() {
        return site.narRequests();
    }

    int narinfoRequests() {
        return site.narinfoRequests();
    }
}
