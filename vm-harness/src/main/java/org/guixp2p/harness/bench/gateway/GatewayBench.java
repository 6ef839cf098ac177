// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.gateway;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.guixp2p.harness.bench.HttpClientSocket;
import org.guixp2p.harness.bench.rivals.Nginx;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.tree.RandomTree;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * A node that has nothing, a substitute server beside it, and clients that know its gateway alone: one that fetches a large NAR, which
 * the node has kept by then, in turn from it and from nginx; many that ask for narinfos; many that want a NAR at once.
 */
final class GatewayBench {
    /** The large NAR lies there as a tree, with the server and in the node; the other one too. */
    private static final int COPIES = 3;
    private static final long SPARE_ROOM = 256L << 20;
    private static final long SMALL_BYTES = 1000;
    private static final Duration KEPT_WITHIN = Duration.ofMinutes(2);
    private static final double NANOS = 1e9;
    private static final double KEPT_DIGITS = 1e4;

    private final Plan plan;
    private final Programs programs;
    private final Consumer<String> steps;
    private final List<String> failures = new ArrayList<>();
    private final List<Double> gatewayRuns = new ArrayList<>();
    private final List<Double> nginxRuns = new ArrayList<>();
    private NarinfoClients.Outcome lookups = NarinfoClients.Outcome.NONE;
    private long narBytes;
    private long fetchedBytes;
    private int downloads;
    private int complete;
    private double fetchSeconds;

    /**
     * What is to be measured.
     *
     * @param size of the NAR that is held, about
     * @param rounds how often it is fetched from each
     * @param clients who ask for narinfos
     * @param questions how many each asks for
     * @param fetchers clients who want one NAR at once
     * @param wanted how large that is, about
     */
    record Plan(ByteCount size, int rounds, int clients, int questions, int fetchers, ByteCount wanted, long seed,
            Path parent) {}

    GatewayBench(Plan plan, Programs programs, Consumer<String> steps) {
        this.plan = plan;
        this.programs = programs;
        this.steps = steps;
    }

    /** Measures; throws only when this thread is told to stop. */
    GatewayReport run() throws InterruptedException {
        long room = COPIES * (plan.size().bytes() + plan.wanted().bytes()) + SPARE_ROOM;
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
        double gateway = median(gatewayRuns);
        double nginx = median(nginxRuns);
        int asked = lookups.latencies().count();
        return new GatewayReport(failures.isEmpty(), failures, narBytes, gateway, nginx,
                gateway > 0 ? rounded(nginx / gateway) : 0, gatewayRuns, nginxRuns, plan.clients(), asked,
                lookups.errors(), lookups.seconds() > 0 ? rounded(asked / lookups.seconds()) : 0,
                rounded(lookups.latencies().p50()), rounded(lookups.latencies().p99()), plan.fetchers(), fetchedBytes,
                downloads, complete, fetchSeconds, left);
    }

    private void measure(Workplace place, HttpClient http) throws IOException, InterruptedException {
        steps.accept("making what is to be fetched, seed %d".formatted(plan.seed()));
        Path store = TreeItem.storeBelow(place.directory().resolve("root"));
        TreeItem large = item(store, "large", plan.size().bytes(), plan.seed());
        TreeItem wanted = item(store, "wanted", plan.wanted().bytes(), plan.seed() + 1);
        List<TreeItem> small = new ArrayList<>();
        for (int i = 0; i < plan.questions(); i++) {
            small.add(item(store, "small-" + i, SMALL_BYTES, plan.seed() + 2 + i));
        }
        List<SubstituteSite.Offer> offers = new ArrayList<>();
        for (TreeItem item : small) {
            offers.add(new SubstituteSite.Offer(item, List.of()));
        }
        offers.add(new SubstituteSite.Offer(large, List.of()));
        offers.add(new SubstituteSite.Offer(wanted, List.of()));
        SubstituteSite site = SubstituteSite.publishWithNars(place, programs, "guix-p2p-bench", offers);
        Map<String, Object> settings = site.settings(place.directory().resolve("nothing"));
        settings.put("substitute_policy", "http-first");
        settings.put("auto_seed_downloads", "all");
        settings.put("seed_disk_share", 1.0);
        settings.put("gateway_bind", "127.0.0.1:0");
        NodeProcess node = NodeProcess.start(place, http, "node", programs.node(List.of("node")),
                programs.environment(), settings, List.of());
        HostAndPort gateway = HostAndPort
                .parse(node.gateway().orElseThrow(() -> new IOException("there is no gateway")));
        fetchAtOnce(site, gateway, wanted);
        lookUp(gateway, small);
        narBytes = large.nar().size().bytes();
        fetchInTurn(place, node, gateway, large);
    }

    private static TreeItem item(Path store, String name, long bytes, long seed)
            throws IOException, InterruptedException {
        Path unnamed = store.resolve("unnamed-" + name);
        TreeMaker.Made made = RandomTree.make(unnamed, bytes, seed);
        return TreeItem.named(unnamed, store, name, made, "made for this");
    }

    private static String url(TreeItem item) {
        return "/nar/" + item.path().baseName();
    }

    // Many who want what the node must fetch first.

    private void fetchAtOnce(SubstituteSite site, HostAndPort gateway, TreeItem item)
            throws InterruptedException {
        steps.accept("%d clients fetch one NAR at once, which the node has to fetch".formatted(plan.fetchers()));
        int before = site.narRequests();
        List<Future<NarHash>> all = new ArrayList<>();
        long began = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < plan.fetchers(); i++) {
                all.add(threads.submit(() -> fetch(gateway, item)));
            }
        }
        fetchSeconds = since(began);
        for (Future<NarHash> one : all) {
            try {
                if (one.get().equals(item.nar().hash())) {
                    complete++;
                } else {
                    failures.add("a client got another NAR");
                }
            } catch (ExecutionException e) {
                failures.add("a client got no NAR: " + e.getCause());
            }
        }
        fetchedBytes = item.nar().size().bytes();
        downloads = site.narRequests() - before;
        if (downloads != 1) {
            failures.add("the NAR was fetched " + downloads + " times");
        }
    }

    private static NarHash fetch(HostAndPort gateway, TreeItem item) throws IOException {
        MessageDigest digest = Sha256.digest();
        try (HttpClientSocket socket = new HttpClientSocket(gateway)) {
            socket.get(url(item), digest::update);
        }
        return new NarHash(Sha256.finish(digest));
    }

    // Many who ask for narinfos.

    private void lookUp(HostAndPort gateway, List<TreeItem> items) throws InterruptedException {
        try (NarinfoClients clients = new NarinfoClients(gateway, items)) {
            if (clients.warmUp(plan.clients()) > 0) {
                failures.add("narinfos could not be had before the clock ran");
            }
            steps.accept("%d clients ask for %d narinfos each".formatted(plan.clients(), plan.questions()));
            lookups = clients.run(plan.clients(), plan.questions());
        }
        if (lookups.errors() > 0) {
            failures.add(lookups.errors() + " narinfos were not answered: " + lookups.failure().orElseThrow());
        }
    }

    // One who wants what the node has.

    private void fetchInTurn(Workplace place, NodeProcess node, HostAndPort gateway, TreeItem item)
            throws IOException, InterruptedException {
        if (!Nginx.isInstalled()) {
            failures.add("nginx is not installed");
            return;
        }
        if (!fetch(gateway, item).equals(item.nar().hash())) {
            failures.add("the large NAR came damaged");
        }
        node.awaitLog(KEPT_WITHIN, Pattern.compile("offering " + Pattern.quote(item.path().path())));
        Path nars = place.directory().resolve("nars");
        Nginx nginx = Nginx.start(place, Files.createDirectory(place.directory().resolve("nginx")), nars);
        try {
            for (int round = 1; round <= plan.rounds(); round++) {
                gatewayRuns.add(curl(place, "gateway-" + round, "http://" + gateway + url(item), item));
                nginxRuns.add(curl(place, "nginx-" + round,
                        "http://127.0.0.1:" + nginx.port() + "/" + item.path().baseName(), item));
                steps.accept(String.format(Locale.ROOT, "round %d: %.3f s from the gateway, %.3f s from nginx", round,
                        gatewayRuns.getLast(), nginxRuns.getLast()));
            }
        } finally {
            nginx.end();
        }
    }

    private static double curl(Workplace place, String name, String url, TreeItem item)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("curl", "-sS", "-f", "-o", "/dev/null", "-w",
                "%{size_download} %{time_total}", url).redirectErrorStream(true);
        Child curl = place.processes().start(name, builder);
        String said = new String(curl.process().getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (curl.process().waitFor() != 0 || !said.startsWith(item.nar().size().bytes() + " ")) {
            throw new IOException("curl does not get the NAR: " + said);
        }
        return Double.parseDouble(said.substring(said.indexOf(' ') + 1));
    }

    private static double since(long began) {
        return rounded((System.nanoTime() - began) / NANOS);
    }

    private static double rounded(double value) {
        return Math.round(value * KEPT_DIGITS) / KEPT_DIGITS;
    }

    private static double median(List<Double> all) {
        return all.stream().sorted().skip(Math.max(0, (all.size() - 1) / 2)).findFirst().orElse(0.0);
    }
}
