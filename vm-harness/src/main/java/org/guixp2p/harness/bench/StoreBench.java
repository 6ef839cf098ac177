// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.harness.process.LiveHeap;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Quiet;
import org.guixp2p.harness.process.ReadBytes;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.SubstituteSite;

/** How long a node takes to start beside a store of many items, in turn with one that leaves the store alone. */
final class StoreBench {
    private static final long SPARE_ROOM = 64L << 20;
    private static final String HOST = "guix-p2p-bench";
    private static final String OFF = "off";
    private static final String ALL = "all";
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Pattern LISTED = Pattern
            .compile("the store has ([0-9]+) items that may be seeded, of which ([0-9]+) are offered");
    private static final StoreReport.Start NONE = new StoreReport.Start(0, 0, 0, -1, -1, 0);
    private static final double MILLIS_PER_SECOND = 1e3;

    private final Plan plan;
    private final Programs programs;
    private final Consumer<String> steps;
    private final List<String> failures = new ArrayList<>();
    private final List<StoreReport.Start> on = new ArrayList<>();
    private final List<StoreReport.Start> off = new ArrayList<>();
    private long realBytes;
    private long databaseBytes;

    /**
     * What is to be measured.
     *
     * @param seedStore {@code public} or {@code all}
     * @param runs how many, each with a new node of either kind
     */
    record Plan(int items, String seedStore, int runs, long seed, Path parent) {}

    StoreBench(Plan plan, Programs programs, Consumer<String> steps) {
        this.plan = plan;
        this.programs = programs;
        this.steps = steps;
    }

    /** Measures; throws as {@link TransferBench#run} does. */
    StoreReport run() throws InterruptedException {
        long room = plan.items() * GeneratedStore.BYTES_PER_ITEM + GeneratedStore.REAL * GeneratedStore.REAL_BYTES
                + SPARE_ROOM;
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
        return new StoreReport(failures.isEmpty(), failures, plan.items(), plan.seedStore(), realBytes, databaseBytes,
                median(on), median(off), on.stream().map(StoreReport.Start::startSeconds).toList(), left);
    }

    private void measure(Workplace place, HttpClient http) throws IOException, InterruptedException {
        steps.accept("writing a store database of %d items".formatted(plan.items()));
        GeneratedStore store = GeneratedStore.make(place.directory().resolve("root"), plan.items(), plan.seed());
        realBytes = store.real().stream().mapToLong(item -> item.made().bytes()).sum();
        databaseBytes = Files.size(store.database());
        // Whoever asks whether an item is public asks this one.
        SubstituteSite site = SubstituteSite.publish(place, programs, HOST, store.real());
        for (int run = 1; run <= plan.runs(); run++) {
            off.add(start(place, http, "off-" + run, settings(site, store, OFF)));
            on.add(start(place, http, "on-" + run, settings(site, store, plan.seedStore())));
            steps.accept(String.format(Locale.ROOT, "run %d: %.2f s, and %.2f s without its store", run,
                    on.getLast().startSeconds(), off.getLast().startSeconds()));
        }
    }

    private static Map<String, Object> settings(SubstituteSite site, GeneratedStore store, String seedStore) {
        Map<String, Object> settings = site.settings(store.root());
        settings.put("seed_store", seedStore);
        return settings;
    }

    private StoreReport.Start start(Workplace place, HttpClient http, String name, Map<String, Object> settings)
            throws IOException, InterruptedException {
        boolean seeds = !OFF.equals(settings.get("seed_store"));
        long begun = System.nanoTime();
        NodeProcess node = NodeProcess.start(place, http, name, programs.node(List.of("node")),
                programs.environment(), settings, List.of());
        double ready = since(begun);
        if (seeds) {
            awaitItems(node);
        }
        double started = since(begun);
        Duration cpu = node.child().process().info().totalCpuDuration().orElse(Duration.ZERO);
        // What it has told itself by then takes some of its heap until it has been heard.
        Quiet.await(node.child());
        long read = ReadBytes.ofProcess(node.child().pid()).orElse(-1);
        long heap = LiveHeap.ofProcess(node.child().pid()).orElse(-1);
        node.child().end();
        Path ledger = place.directory().resolve(name).resolve("state/store.sqlite");
        return new StoreReport.Start(ready, seeds ? started : ready, cpu.toMillis() / MILLIS_PER_SECOND, heap, read,
                seeds ? hashed(ledger) : 0);
    }

    private void awaitItems(NodeProcess node) throws IOException, InterruptedException {
        Matcher said = node.awaitLog(PATIENCE, LISTED);
        if (Integer.parseInt(said.group(1)) != plan.items()) {
            failures.add(node.name() + " knows " + said.group(1) + " items of " + plan.items());
        }
        if (plan.seedStore().equals(ALL) && Integer.parseInt(said.group(2)) != plan.items()) {
            failures.add(node.name() + " offers " + said.group(2) + " items of " + plan.items());
        }
    }

    /** Of each item that was hashed the node keeps the manifest. */
    private static long hashed(Path ledger) throws IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + ledger);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from manifest")) {
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IOException("what the node found out cannot be read: " + e.getMessage(), e);
        }
    }

    private static double since(long begun) {
        return Duration.ofNanos(System.nanoTime() - begun).toMillis() / MILLIS_PER_SECOND;
    }

    /** Of an even number, the faster of the two in the middle. */
    private static StoreReport.Start median(List<StoreReport.Start> all) {
        return all.stream().sorted(Comparator.comparingDouble(StoreReport.Start::startSeconds))
                .skip(Math.max(0, (all.size() - 1) / 2)).findFirst().orElse(NONE);
    }
}
