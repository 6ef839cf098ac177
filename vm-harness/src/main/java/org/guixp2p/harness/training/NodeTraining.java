// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.training;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.tree.RandomTree;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.world.BridgeClient;
import org.guixp2p.harness.world.NodeApi;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.node.Node;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.cli.Main;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.PeerAddress;

/**
 * Two nodes in this process, started and ended as by {@code guix-p2p node}: one offers two large items, one of which compresses and
 * one does not, and a closure of small ones, and the other fetches them for a restorer; a client of the gateway asks for their
 * narinfos.
 */
final class NodeTraining {
    /** Copies of the two items on the disk: trees, NARs of the server, partial ones, those that are kept, and something to spare. */
    private static final long COPIES = 10;
    /** How often the gateway is asked about each: enough for the compiler to see what is hot. */
    private static final int ROUNDS = 1_500;
    private static final int SMALL_ITEMS = 48;
    private static final long SMALL_BYTES = 1000;
    private static final long PATIENCE_SECONDS = 120;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    private static final String NAME = "guix-p2p-training";

    private final Workplace place;
    private final HttpClient http;
    private final Programs programs;
    private final long itemBytes;

    private NodeTraining(Workplace place, HttpClient http, Programs programs, long itemBytes) {
        this.place = place;
        this.http = http;
        this.programs = programs;
        this.itemBytes = itemBytes;
    }

    /** A node, and the command line that runs it. */
    private record Started(NodeRuntime.Running node, Path socket, FutureTask<Integer> commandLine) {
        PeerAddress address() {
            return new PeerAddress(node.addresses().peer(), node.addresses().swarm().getFirst());
        }

        NodeApi api(HttpClient http) {
            return new NodeApi(http, node.addresses().api().orElseThrow().toString());
        }

        void end() throws IOException, InterruptedException {
            node.stop();
            int status = within(commandLine::get);
            if (status != 0) {
                throw new IOException("training: a node ends with status " + status);
            }
        }
    }

    /**
     * Trains, below {@code parent}.
     *
     * @param itemBytes contents of each item
     * @throws IOException when something went otherwise than it should
     */
    static void run(Path parent, Programs programs, long itemBytes) throws IOException, InterruptedException {
        try (Workplace place = Workplace.open(parent, NAME, COPIES * itemBytes);
                HttpClient http = HttpClient.newHttpClient()) {
            new NodeTraining(place, http, programs, itemBytes).train();
        }
    }

    private void train() throws IOException, InterruptedException {
        Path root = place.directory().resolve("seed");
        List<TreeItem> items = items(TreeItem.storeBelow(root));
        SubstituteSite site = SubstituteSite.publishWithNars(place, programs, NAME, closure(items));
        Map<String, Object> offering = site.settings(root);
        offering.put("gateway_bind", "127.0.0.1:0");
        Started seeder = start("seeder", offering, items);
        Map<String, Object> settings = site.settings(place.directory());
        settings.put("bootstrap_peers", List.of(seeder.address().toString()));
        Started fetcher = start("fetcher", settings, List.of());
        await(() -> seeder.api(http).seeds().stream().filter(seed -> seed.state().equals("offered")).count() == items
                .size());
        await(() -> fetcher.api(http).status().connectedPeers() == 1);
        FromRestorer.Daemon daemon = new FromRestorer.Daemon(ProcessHandle.current().pid(), 0);
        try (BridgeClient query = BridgeClient.connect(fetcher.socket(), FromRestorer.Mode.QUERY, daemon,
                site.nixOptions("--query"));
                BridgeClient substitute = BridgeClient.connect(fetcher.socket(), FromRestorer.Mode.SUBSTITUTE, daemon,
                        site.nixOptions("--substitute"))) {
            // As a daemon does: it asks about a whole closure before it wants the first NAR, which is of what refers to nothing.
            for (TreeItem item : items) {
                query.info(item.path());
            }
            // Small NARs come by one question of whoever is known to have them.
            await(() -> fetcher.api(http).catalog().stream().filter(each -> each.providers() > 0).count() == items
                    .size());
            for (TreeItem item : items.reversed()) {
                substitute.nar(item);
            }
        }
        askGateway(seeder, items.subList(0, 2));
        // As whoever watches many machines.
        get(fetcher.api(http).base().resolve("/metrics"));
        fetcher.end();
        seeder.end();
    }

    /** As a Guix on the network does. */
    private void askGateway(Started seeder, List<TreeItem> items) throws IOException, InterruptedException {
        String gateway = "http://" + seeder.node().addresses().gateway().orElseThrow() + "/";
        for (int round = 0; round < ROUNDS; round++) {
            for (TreeItem item : items) {
                get(URI.create(gateway + item.path().hashPart() + ".narinfo"));
            }
        }
    }

    private void get(URI address) throws IOException, InterruptedException {
        HttpResponse<Void> answer = http.send(HttpRequest.newBuilder(address).build(),
                HttpResponse.BodyHandlers.discarding());
        if (answer.statusCode() != 200) {
            throw new IOException("training: " + address + " is answered with " + answer.statusCode());
        }
    }

    private List<TreeItem> items(Path store) throws IOException, InterruptedException {
        Path unnamed = store.resolve(".unnamed");
        TreeItem random = TreeItem.named(unnamed, store, NAME, RandomTree.make(unnamed, itemBytes, 1), "noise");
        TreeItem files = TreeItem.named(unnamed, store, NAME,
                TreeMaker.make(TreeMaker.usualSources(), unnamed, itemBytes), "this machine's files");
        List<TreeItem> items = new ArrayList<>(List.of(random, files));
        for (int i = 1; i <= SMALL_ITEMS; i++) {
            items.add(TreeItem.named(unnamed, store, NAME + "-" + i,
                    RandomTree.make(unnamed, SMALL_BYTES * i, i + 1), "noise"));
        }
        return items;
    }

    /** Each one refers to the next. */
    private static List<SubstituteSite.Offer> closure(List<TreeItem> items) {
        List<SubstituteSite.Offer> offers = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            List<StorePath> references = i + 1 < items.size() ? List.of(items.get(i + 1).path()) : List.of();
            offers.add(new SubstituteSite.Offer(items.get(i), references));
        }
        return offers;
    }

    private Started start(String name, Map<String, Object> settings, List<TreeItem> seeds)
            throws IOException, InterruptedException {
        Path own = Files.createDirectory(place.directory().resolve(name));
        Path socket = own.resolve("socket");
        TreeItem.storeBelow(own);
        List<String> words = new ArrayList<>(List.of("node", "--config",
                NodeProcess.configure(own, socket, settings).toString()));
        seeds.forEach(seed -> words.addAll(List.of("--seed", seed.path().path())));
        CompletableFuture<NodeRuntime.Running> running = new CompletableFuture<>();
        FutureTask<Integer> commandLine = new FutureTask<>(() -> {
            int status = Main.run(words.toArray(String[]::new), (config, identity) -> {
                Node node = Node.start(config, identity);
                running.complete(node);
                return node;
            });
            running.completeExceptionally(new IOException("training: " + name + " has ended"));
            return status;
        });
        Thread.ofPlatform().daemon().name(name).start(commandLine);
        return new Started(within(running::get), socket, commandLine);
    }

    private interface Waiting<T> {
        T get(long time, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException;
    }

    private static <T> T within(Waiting<T> future) throws IOException, InterruptedException {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("training: " + e.getMessage(), e);
        }
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private static void await(Condition condition) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("training: the nodes do not get ready");
            }
            Thread.sleep(LOOK_AGAIN);
        }
    }
}
