// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Announcement;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.SigningKey;

/** A substitute server, seeders and a fetcher, all on loopback, each in a process of its own. */
final class DemoWorld {
    private static final Duration START = Duration.ofSeconds(60);
    private static final String HOST = "guix-p2p-demo";

    private final Workplace place;
    private final Programs programs;
    private final List<DemoItem> items;
    private final Path keys;
    private final Path fetchedStore;
    private final HttpClient http;
    private final AtomicInteger narRequests = new AtomicInteger();
    private final AtomicInteger narinfoRequests = new AtomicInteger();
    private final List<DemoNode> seeders = new ArrayList<>();
    private String server = "";
    private String liar = "";
    private Optional<DemoNode> fetcher = Optional.empty();

    private DemoWorld(Workplace place, HttpClient http, Programs programs, List<DemoItem> items) throws IOException {
        this.place = place;
        this.http = http;
        this.programs = programs;
        this.items = List.copyOf(items);
        this.keys = Files.createDirectory(place.directory().resolve("keys"));
        this.fetchedStore = Files.createDirectory(place.directory().resolve("fetched-store"));
    }

    /**
     * Puts it together; when this returns, the fetcher is connected to all seeders, and those offer all items.
     *
     * @param seedRoot below which seeders find {@code /gnu/store}
     */
    static DemoWorld start(Workplace place, HttpClient http, Programs programs, DemoPlan plan, Path seedRoot,
            List<DemoItem> items) throws IOException, InterruptedException {
        DemoWorld world = new DemoWorld(place, http, programs, items);
        world.publish();
        for (int i = 1; i <= DemoPlan.SEEDERS; i++) {
            boolean lies = plan.liar() && i == DemoPlan.SEEDERS;
            world.startSeeder("seeder-" + i, lies, plan, seedRoot);
        }
        for (DemoNode seeder : world.seeders) {
            seeder.awaitSeeds(items.stream().map(DemoItem::path).toList());
        }
        world.startFetcher(seedRoot);
        return world;
    }

    /** Signs a narinfo for each item with a key made just now, and serves them. */
    private void publish() throws IOException, InterruptedException {
        SigningKey key = SigningKey.generate(new SecureRandom());
        Files.write(acl(), Acl.of(List.of(key.publicKey())).encoded());
        Files.write(publicKey(), key.publicKey().encoded());
        NarinfoSigner signer = new NarinfoSigner(key, HOST);
        Path narinfos = Files.createDirectory(place.directory().resolve("narinfos"));
        for (DemoItem item : items) {
            NarinfoDraft draft = new NarinfoDraft(item.path(), item.nar().hash(), item.nar().size(), List.of(),
                    Optional.empty());
            // Servers name files with the NAR. This one has none: if anybody looks for it, the report says so.
            NarSource nowhere = new NarSource(new NarUrl("nar/none/" + item.path().baseName()), "none",
                    Optional.empty());
            Narinfo narinfo = signer.sign(draft, List.of(nowhere));
            Files.write(narinfos.resolve(item.path().hashPart() + ".narinfo"), narinfo.raw());
        }
        ProcessBuilder builder = new ProcessBuilder(
                programs.harness(List.of("narinfo-server", "--dir", narinfos.toString())));
        builder.redirectError(place.directory().resolve("narinfo-server.log").toFile());
        builder.environment().clear();
        builder.environment().putAll(programs.environment());
        Child child = place.processes().start("narinfo-server", builder);
        server = "http://" + Announcement.await(child, START, this::countRequest).value("http");
    }

    private void countRequest(String line) {
        if (line.contains(".narinfo ")) {
            narinfoRequests.incrementAndGet();
        } else if (line.contains(" /nar/")) {
            narRequests.incrementAndGet();
        }
    }

    private void startSeeder(String name, boolean lies, DemoPlan plan, Path seedRoot)
            throws IOException, InterruptedException {
        Map<String, Object> settings = settings(seedRoot);
        if (plan.maxUploadRate() > 0) {
            settings.put("max_upload_rate", Long.toString(plan.maxUploadRate()));
        }
        List<StorePath> paths = items.stream().map(DemoItem::path).toList();
        if (lies) {
            liar = name;
        }
        List<String> command = lies ? programs.harness(List.of("lying-node")) : programs.node(List.of("node"));
        seeders.add(DemoNode.start(place, http, name, command, programs.environment(), settings, paths));
    }

    private void startFetcher(Path seedRoot) throws IOException, InterruptedException {
        Map<String, Object> settings = settings(seedRoot.resolveSibling("nothing"));
        settings.put("bootstrap_peers", seeders.stream().map(seeder -> seeder.address().toString()).toList());
        DemoNode node = DemoNode.start(place, http, "fetcher", programs.node(List.of("node")), programs.environment(),
                settings, List.of());
        node.awaitPeers(seeders.size());
        fetcher = Optional.of(node);
    }

    private Map<String, Object> settings(Path storeRoot) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("substitute_policy", "p2p-only");
        settings.put("substitute_urls", List.of(server));
        settings.put("acl_path", acl().toString());
        settings.put("public_keys", List.of(publicKey().toString()));
        settings.put("share", "lan");
        settings.put("store_root", storeRoot.toString());
        return settings;
    }

    private Path acl() {
        return keys.resolve("acl");
    }

    private Path publicKey() {
        return keys.resolve("signing-key.pub");
    }

    /**
     * Starts {@code guix-p2p substitute} as the daemon would.
     *
     * @param mode {@code --query} or {@code --substitute}
     */
    Substituter startSubstituter(String mode) throws IOException {
        Map<String, String> environment = new LinkedHashMap<>(programs.environment());
        environment.putAll(substituterEnvironment(mode));
        return Substituter.start(place.processes(), "substitute " + mode, programs.substituter(mode), environment);
    }

    private Map<String, String> substituterEnvironment(String mode) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("GUIX_P2P_SOCKET", fetcher().socket().toString());
        environment.put("GUIX_P2P_USER", System.getProperty("user.name"));
        environment.put("GUIX_P2P_ACL", acl().toString());
        environment.put("GUIX_P2P_FALLBACK", "none");
        environment.put("_NIX_OPTIONS", "substitute-urls=" + server + "\nprint-extended-build-trace=1\n"
                + (mode.equals("--substitute") ? "deduplicate=yes\n" : ""));
        return environment;
    }

    /** Where {@code item} is restored, in a store of its own. */
    Path destination(DemoItem item) {
        return fetchedStore.resolve(item.path().baseName());
    }

    List<DemoItem> items() {
        return items;
    }

    List<DemoNode> seeders() {
        return List.copyOf(seeders);
    }

    /** Those that serve what they should. */
    List<DemoNode> honestSeeders() {
        return seeders.stream().filter(seeder -> !seeder.name().equals(liar)).toList();
    }

    DemoNode fetcher() {
        return fetcher.orElseThrow();
    }

    /** How often the substitute server was asked for a NAR. */
    int narRequests() {
        return narRequests.get();
    }

    int narinfoRequests() {
        return narinfoRequests.get();
    }
}
