// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.mirrors;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Quiet;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.relay.Relay;
import org.guixp2p.harness.tree.RandomTree;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.world.Fetch;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.Destination;
import org.guixp2p.protocol.substituter.SubstituteReply;

/**
 * A node with two substitute servers, the first of them bad, that is asked for one item after another as {@code guix-daemon} asks: for each kind of
 * bad one a node that has just been started and knows nothing of them.
 */
final class MirrorsBench {
    /** The tree, its NAR, the damaged one, and what a node keeps and restores. */
    private static final long COPIES = 5;
    private static final long SPARE_ROOM = 64L << 20;
    private static final Duration AT_MOST = Duration.ofMinutes(10);
    private static final double NANOS = 1e9;
    private static final double KEPT_DIGITS = 1e3;

    private final Plan plan;
    private final Programs programs;
    private final Consumer<String> steps;
    private final List<String> failures = new ArrayList<>();
    private final Map<String, MirrorsReport.Cost> costs = new LinkedHashMap<>();
    private long bytes;

    /**
     * What is to be measured.
     *
     * @param kinds of bad servers, one after another
     * @param size of each item, about
     * @param link before each server that answers
     * @param slow bytes a second of the one that is slow
     */
    record Plan(List<BadMirror.Kind> kinds, int items, ByteCount size, Link link, long slow, long seed, Path parent) {}

    MirrorsBench(Plan plan, Programs programs, Consumer<String> steps) {
        this.plan = plan;
        this.programs = programs;
        this.steps = steps;
    }

    /** Measures; throws only when this thread is told to stop. */
    MirrorsReport run() throws InterruptedException {
        long room = COPIES * plan.items() * plan.size().bytes() + SPARE_ROOM;
        try (Workplace place = Workplace.open(plan.parent(), "guix-p2p-bench", room);
                HttpClient http = HttpClient.newHttpClient()) {
            measure(place, http);
        } catch (IOException e) {
            failures.add(String.valueOf(e.getMessage()));
        }
        int left = (int) ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).count();
        if (left > 0) {
            failures.add(left + " processes are left running");
        }
        return new MirrorsReport(failures.isEmpty(), failures, plan.items(), bytes, costs, left);
    }

    private void measure(Workplace place, HttpClient http) throws IOException, InterruptedException {
        steps.accept("making %d items, seed %d".formatted(plan.items(), plan.seed()));
        Path store = TreeItem.storeBelow(place.directory().resolve("root"));
        List<TreeItem> items = new ArrayList<>();
        for (int i = 0; i < plan.items(); i++) {
            Path unnamed = store.resolve("unnamed-" + i);
            items.add(TreeItem.named(unnamed, store, "item-" + i,
                    RandomTree.make(unnamed, plan.size().bytes(), plan.seed() + i), "made for this"));
        }
        bytes = items.stream().mapToLong(item -> item.nar().size().bytes()).sum();
        Path damaged = damaged(place, items);
        SubstituteSite site = SubstituteSite.publishWithNars(place, programs, "guix-p2p-bench",
                items.stream().map(item -> new SubstituteSite.Offer(item, List.of())).toList());
        try (Relay good = site.behind(plan.link())) {
            for (BadMirror.Kind kind : plan.kinds()) {
                try (BadMirror bad = BadMirror.open(kind, site, good.address(), plan.link(), plan.slow(), damaged)) {
                    site.putBefore(bad.urls());
                    measure(kind, place, http, site, items);
                }
            }
        }
    }

    /** NARs in each of which a byte near the end is another one. */
    private static Path damaged(Workplace place, List<TreeItem> items) throws IOException {
        Path directory = Files.createDirectory(place.directory().resolve("damaged-nars"));
        for (TreeItem item : items) {
            Path nar = directory.resolve(item.path().baseName());
            item.writeNar(nar);
            byte[] all = Files.readAllBytes(nar);
            all[all.length * 3 / 4] ^= 1;
            Files.write(nar, all);
        }
        return directory;
    }

    private void measure(BadMirror.Kind kind, Workplace place, HttpClient http, SubstituteSite site,
            List<TreeItem> items) throws IOException, InterruptedException {
        Map<String, Object> settings = site.settings(place.directory().resolve("nothing"));
        settings.put("substitute_policy", "http-first");
        settings.put("prefetch", "metadata");
        NodeProcess node = NodeProcess.start(place, http, "node-" + kind.word(), programs.node(List.of("node")),
                programs.environment(), settings, List.of());
        Path own = place.directory().resolve(node.name());
        Path restored = Files.createDirectory(own.resolve("fetched-store"));
        try {
            Substituter query = site.startSubstituter(node, node.name() + "-query", "--query");
            Substituter restorer = site.startSubstituter(node, node.name() + "-restorer", "--substitute");
            for (Substituter each : List.of(query, restorer)) {
                Quiet.await(each.child());
            }
            Quiet.await(node.child());
            List<Double> seconds = new ArrayList<>();
            for (TreeItem item : items) {
                long began = System.nanoTime();
                ask(item, query, restorer, restored);
                seconds.add((System.nanoTime() - began) / NANOS);
            }
            query.finish();
            restorer.finish();
            for (TreeItem item : items) {
                Fetch.checkTree(item, restored.resolve(item.path().baseName()), failures);
            }
            note(kind, seconds);
        } finally {
            node.child().end();
            TreeDeleter.delete(own);
        }
    }

    private static void ask(TreeItem item, Substituter query, Substituter restorer, Path restored)
            throws IOException, InterruptedException {
        StorePath path = item.path();
        if (query.info(List.of(path), AT_MOST).items().isEmpty()) {
            throw new IOException(query.child().name() + " knows nothing of " + path);
        }
        SubstituteReply reply = restorer.substitute(
                new Command.Substitute(path, Destination.parse(restored.resolve(path.baseName()).toString())), AT_MOST);
        if (!reply.equals(new SubstituteReply.Success(item.nar().hash(), item.nar().size()))) {
            throw new IOException(path + ": the reply is '" + reply.text().strip() + "'");
        }
    }

    private void note(BadMirror.Kind kind, List<Double> seconds) {
        double all = seconds.stream().mapToDouble(Double::doubleValue).sum();
        double slowest = seconds.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        MirrorsReport.Cost none = costs.getOrDefault(BadMirror.Kind.NONE.word(), new MirrorsReport.Cost(all, 0, 0));
        costs.put(kind.word(),
                new MirrorsReport.Cost(rounded(all), rounded(slowest), rounded(all - none.seconds())));
        steps.accept(String.format(Locale.ROOT, "%s: %.2f s, %.2f s the slowest item", kind.word(), all, slowest));
    }

    private static double rounded(double value) {
        return Math.round(value * KEPT_DIGITS) / KEPT_DIGITS;
    }
}
