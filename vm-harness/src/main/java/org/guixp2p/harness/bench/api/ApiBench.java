// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.guixp2p.harness.bench.EarlierRuns;
import org.guixp2p.harness.bench.HttpClientSocket;
import org.guixp2p.harness.bench.Latencies;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.protocol.swarm.HostAndPort;

/** A node that knows many peers and offers many items of earlier runs, and one client that asks it over and over. */
final class ApiBench {
    private static final long SPARE_ROOM = 64L << 20;
    private static final long BYTES_PER_PEER = 4096;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Pattern OFFERED = Pattern.compile("an earlier run: ([0-9]+) items in all");
    private static final Pattern KNOWN = Pattern.compile("([0-9]+) peers are known");
    /** What is no bar is asked for less often than what is. */
    private static final int OTHERS_PART = 10;
    private static final double KEPT_DIGITS = 1e3;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Plan plan;
    private final Programs programs;
    private final Consumer<String> steps;
    private final List<String> failures = new ArrayList<>();
    private int seeds;
    private int knownPeers;
    private int knownAddresses;
    private ApiReport.Figures status = ApiReport.Figures.NONE;
    private ApiReport.Figures peers = ApiReport.Figures.NONE;
    private ApiReport.Figures seedsPage = ApiReport.Figures.NONE;
    private ApiReport.Figures metrics = ApiReport.Figures.NONE;

    /**
     * What is to be measured.
     *
     * @param seeds items that were named before, each hashed
     * @param peers that were met before
     * @param requests for {@code /api/status}; a tenth as many for the others
     * @param warmUp requests for {@code /api/status} before the clock runs
     * @param seed what chance begins with
     */
    record Plan(int seeds, int peers, int requests, int warmUp, long seed, Path parent) {}

    ApiBench(Plan plan, Programs programs, Consumer<String> steps) {
        this.plan = plan;
        this.programs = programs;
        this.steps = steps;
    }

    /** Measures; throws only when this thread is told to stop. */
    ApiReport run() throws InterruptedException {
        long room = plan.seeds() * EarlierRuns.BYTES_PER_ITEM + plan.peers() * BYTES_PER_PEER + SPARE_ROOM;
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
        return new ApiReport(failures.isEmpty(), failures, seeds, knownPeers, knownAddresses, plan.warmUp(), status,
                peers, seedsPage, metrics, left);
    }

    private void measure(Workplace place, HttpClient http) throws IOException, InterruptedException {
        steps.accept("writing what earlier runs would have left of %d items".formatted(plan.seeds()));
        EarlierRuns earlier = new EarlierRuns(place.directory().resolve("earlier"));
        earlier.nameItems(plan.seeds());
        steps.accept("writing what they would have left of %d peers".formatted(plan.peers()));
        knownAddresses = new KnownPeers(earlier.state(), plan.seed()).write(plan.peers());
        steps.accept("starting a node that finds all of it");
        NodeProcess node = NodeProcess.start(place, http, "node", programs.node(List.of("node")),
                programs.environment(), earlier.settings(), List.of());
        knownPeers = Integer.parseInt(node.awaitLog(PATIENCE, KNOWN).group(1));
        expect("peers that it knows", plan.peers(), knownPeers);
        expect("items that it has again", plan.seeds(),
                Integer.parseInt(node.awaitLog(PATIENCE, OFFERED).group(1)));
        HostAndPort address = HostAndPort.parse(node.api().base().getAuthority());
        try (HttpClientSocket client = new HttpClientSocket(address)) {
            ask(client);
        }
    }

    private void ask(HttpClientSocket client) throws IOException {
        steps.accept("asking %d times before the clock runs".formatted(plan.warmUp()));
        for (int i = 0; i < plan.warmUp(); i++) {
            fetch(client, "/api/status");
        }
        status = ask(client, "/api/status", plan.requests());
        JsonNode said = JSON.readTree(fetch(client, "/api/status"));
        seeds = said.path("seeds").asInt();
        expect("items in /api/status", plan.seeds(), seeds);
        int fewer = Math.max(1, plan.requests() / OTHERS_PART);
        peers = ask(client, "/api/peers", fewer);
        seedsPage = ask(client, "/api/seeds", fewer);
        metrics = ask(client, "/metrics", fewer);
    }

    private ApiReport.Figures ask(HttpClientSocket client, String path, int requests) throws IOException {
        steps.accept("asking %d times for %s".formatted(requests, path));
        long[] nanos = new long[requests];
        long bytes = 0;
        for (int i = 0; i < requests; i++) {
            long begun = System.nanoTime();
            bytes = fetch(client, path).length();
            nanos[i] = System.nanoTime() - begun;
        }
        Latencies took = Latencies.of(nanos);
        return new ApiReport.Figures(requests, bytes, rounded(took.p50()), rounded(took.p99()), rounded(took.max()));
    }

    private static String fetch(HttpClientSocket client, String path) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        client.get(path, body::write);
        return body.toString(StandardCharsets.UTF_8);
    }

    private void expect(String what, int expected, int found) {
        if (expected != found) {
            failures.add(what + ": " + found + " of " + expected);
        }
    }

    private static double rounded(double value) {
        return Math.round(value * KEPT_DIGITS) / KEPT_DIGITS;
    }
}
