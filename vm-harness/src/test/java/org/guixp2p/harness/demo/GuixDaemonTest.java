// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.server.NarinfoServer;
import org.guixp2p.harness.tree.DeduplicationCheck;
import org.guixp2p.harness.tree.TreeComparison;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real {@code guix-daemon} with an empty store, whose node gets what is built from another node: no part is a stand-in but
 * the substitute server, which has narinfos that Guix has signed, and no NAR. {@code real-daemon.sh} of the substituter's tests
 * gives the daemon a store of its own.
 */
@EnabledIf(value = "isPossible", disabledReason = "GUIX_SRC names no built Guix, or there is no /gnu to mount a store at, or no right to")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuixDaemonTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Path SCRIPTS = PROJECT.resolve("substituter-bridge/src/test/guile");
    private static final long MOST_SECONDS = 120;

    private static final StorePath HELLO = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final List<StorePath> CLOSURE = Stream
            .of("0d11kd1ihcqv35ajz4xx2cfwalqvfb5d-lib2-1.2", "f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0",
                    "fb9rh6v6abjjksks9c4lkdj704dipl2f-lib3-1.3", "i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1",
                    "jrf89a44rjp6iv2405f3j5bcdpfq0g1a-lib6-1.6", "nmzvn2chwyrf6b1wykryv4bbycq836gh-lib4-1.4",
                    HELLO.baseName(), "zr28kp8qv9bhswxwpljqk3g8yxzj411h-lib5-1.5")
            .map(StorePath::new).toList();

    @TempDir
    private Path parent = Path.of("");

    private final Programs programs = Programs.ofThisProcess();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private Workplace place;
    private NarinfoServer server;
    private NodeProcess seeder;
    private NodeProcess fetcher;

    static boolean isPossible() {
        return guix()
                .filter(tree -> Files.exists(tree.resolve("guix-daemon")) && Files.exists(tree.resolve("guix/ui.go")))
                .isPresent() && System.getProperty("user.name").equals("root") && Files.isDirectory(Path.of("/gnu"));
    }

    private static Optional<Path> guix() {
        return Optional.ofNullable(System.getenv("GUIX_SRC")).map(Path::of);
    }

    @BeforeAll
    void start() throws IOException, InterruptedException {
        place = Workplace.open(parent, "guix", 0);
        Path narinfos = Files.createDirectory(place.directory().resolve("narinfos"));
        for (StorePath item : CLOSURE) {
            Fixtures.copy("narinfo/" + item.hashPart() + ".narinfo", narinfos);
        }
        server = NarinfoServer.start(narinfos, InetAddress.getLoopbackAddress(), requests::add);
        Path keys = Files.createDirectory(place.directory().resolve("etc"));
        Fixtures.copy("keys/acl", keys);
        Fixtures.copy("keys/publisher.pub", keys);
        Fixtures.unpackStore(TreeItem.storeBelow(place.directory().resolve("seeder-root")));
        seeder = node("seeder", Map.of(), CLOSURE);
        seeder.awaitSeeds(CLOSURE);
        // It keeps nothing, so that each build needs the peer.
        fetcher = node("fetcher",
                Map.of("bootstrap_peers", List.of(seeder.address().toString()), "auto_seed_downloads", "off"),
                List.of());
        fetcher.awaitPeers(1);
    }

    private NodeProcess node(String name, Map<String, Object> more, List<StorePath> seeds)
            throws IOException, InterruptedException {
        Map<String, Object> settings = new LinkedHashMap<>(more);
        settings.put("substitute_policy", "p2p-only");
        settings.put("substitute_urls", List.of("http://" + server.address()));
        settings.put("acl_path", keys().resolve("acl").toString());
        settings.put("public_keys", List.of(keys().resolve("publisher.pub").toString()));
        settings.put("store_root", place.directory().resolve(name + "-root").toString());
        return NodeProcess.start(place, http, name, programs.node(List.of("node")), programs.environment(), settings,
                seeds);
    }

    private Path keys() {
        return place.directory().resolve("etc");
    }

    @AfterAll
    void stop() throws IOException {
        if (server != null) {
            server.close();
        }
        http.close();
        if (place != null) {
            place.close();
        }
    }

    @Test
    void buildsByTheExtensionWhatAPeerHas() throws IOException, InterruptedException {
        Path guix = guix().orElseThrow();
        builds("extension", Map.of("GUIX", guix.resolve("scripts/guix").toString(), "GUIX_EXTENSIONS_PATH",
                PROJECT.resolve("guix/extensions").toString()));
    }

    @Test
    void buildsByTheLauncherAsItsGuixWhatAPeerHas() throws IOException, InterruptedException {
        Path home = place.directory().resolve("home");
        Path lib = Files.createDirectories(home.resolve("lib"));
        for (String module : List.of("protocol", "substituter-bridge")) {
            installJar(module, lib.resolve(module + ".jar"));
        }
        builds("launcher",
                Map.of("GUIX", PROJECT.resolve("guix-p2p").toString(), "GUIX_P2P_HOME", home.toString()));
    }

    /** The build has a jar where it packages, and the directory to make it of where it only tests. */
    private static void installJar(String module, Path jar) throws IOException, InterruptedException {
        Path origin = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)).map(Path::of)
                .map(Path::toAbsolutePath).map(Path::normalize)
                .filter(entry -> entry.startsWith(PROJECT.resolve(module))
                        && !entry.getFileName().toString().contains("test"))
                .findFirst().orElseThrow();
        if (Files.isRegularFile(origin)) {
            Files.copy(origin, jar);
        } else {
            Process tool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jar").toString(),
                    "--create", "--file", jar.toString(), "-C", origin.toString(), ".").inheritIO().start();
            assertEquals(0, tool.waitFor());
        }
    }

    private void builds(String name, Map<String, String> way) throws IOException, InterruptedException {
        Map<String, Long> servedBefore = blocksServed();
        String output = build(name, way);
        assertEquals(CLOSURE.stream().map(item -> "valid " + item).toList(),
                output.lines().filter(line -> line.matches("(valid|spoilt) .*")).sorted().toList(), output);
        Map<String, Long> served = blocksServed();
        for (StorePath item : CLOSURE) {
            assertTrue(output.contains("downloading from guixp2p://swarm/nar/" + item.baseName()), output);
            assertTrue(served.getOrDefault(item.path(), 0L) > servedBefore.getOrDefault(item.path(), 0L),
                    item + ": " + output);
            assertRestored(item, place.directory().resolve(name).resolve("store"));
        }
        assertEquals(List.of(), requests.stream().filter(request -> !request.contains(".narinfo ")
                && !request.contains("/nix-cache-info ")).toList());
        assertTrue(requests.stream().anyMatch(request -> request.contains(HELLO.hashPart() + ".narinfo 200")));
    }

    private void assertRestored(StorePath item, Path store) throws IOException {
        Path original = place.directory().resolve("seeder-root/gnu/store").resolve(item.baseName());
        Path restored = store.resolve(item.baseName());
        assertEquals(List.of(), TreeComparison.differences(original, restored, 10));
        assertEquals(List.of(), DeduplicationCheck.of(restored).apart());
    }

    private Map<String, Long> blocksServed() throws IOException, InterruptedException {
        return seeder.api().seeds().stream().collect(Collectors.toMap(SeedStatus::storePath, SeedStatus::blocksServed));
    }

    /** Has a new daemon build {@link #HELLO}, and returns what its client prints. */
    private String build(String name, Map<String, String> way) throws IOException, InterruptedException {
        String tree = guix().orElseThrow().toString();
        Map<String, String> environment = new HashMap<>(programs.environment());
        environment
                .putAll(Map.of("HOME", place.directory().toString(), "GUIX_UNINSTALLED", "1", "GUILE_LOAD_PATH", tree,
                        "GUILE_LOAD_COMPILED_PATH", tree, "GUIX_CONFIGURATION_DIRECTORY", keys().toString(),
                        "SUBSTITUTE_URLS", "http://" + server.address()));
        environment.putAll(Map.of("GUIX_P2P_SOCKET", fetcher.socket().toString(), "GUIX_P2P_USER", "root",
                "GUIX_P2P_ACL", keys().resolve("acl").toString(), "GUIX_P2P_FALLBACK", "none",
                "GUIX_P2P_BRIDGE_CONF", "/nonexistent/bridge.conf"));
        environment.putAll(way);
        Path log = place.directory().resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(SCRIPTS.resolve("real-daemon.sh").toString(),
                place.directory().resolve(name).toString(), tree + "/guix-daemon", "guile", "--no-auto-compile", "-s",
                SCRIPTS.resolve("realise.scm").toString(), HELLO.path()).redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Child daemon = place.processes().start(name, builder);
        try {
            assertTrue(daemon.process().waitFor(MOST_SECONDS, TimeUnit.SECONDS), () -> "no end; see " + log);
        } finally {
            daemon.process().descendants().forEach(ProcessHandle::destroy);
        }
        return Files.readString(log, UTF_8);
    }
}
