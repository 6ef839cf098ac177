// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a node that runs, and of its peer. */
@Timeout(120)
class RunningNodeCommandsTest {
    private static final String NAR = "sha256:0mlbiqpssha31cqb7zlj7jnaw0h9slbji3hpgcv19r0k6ndla3ng";

    @TempDir
    private static Path directory;

    private static SetUp setUp;
    private static SetUp other;
    private static NodeRuntime.Addresses peer;
    private static NodeRuntime.Addresses node;

    @BeforeAll
    static void start() throws Exception {
        other = new SetUp(Files.createDirectory(directory.resolve("other")));
        peer = other.startNode().addresses();
        setUp = new SetUp(Files.createDirectory(directory.resolve("mine")));
        setUp.settings.put("bootstrap_peers", address());
        node = setUp.startNode().addresses();
    }

    @AfterAll
    static void stop() {
        setUp.close();
        other.close();
    }

    private static String address() {
        return "guixp2p://" + peer.peer() + "@" + peer.swarm().getFirst();
    }

    private static int run(String... words) {
        try {
            return setUp.run(words);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String out() {
        return setUp.commands.out();
    }

    private static Config json() {
        return ConfigFactory.parseString(out());
    }

    // peers

    @Test
    void whoIsConnectedIsListed() {
        Eventually.holds(() -> run("peers", "--json") == 0 && out().contains(peer.peer().toString()),
                () -> "a peer in " + out() + setUp.commands.err());
        Config listed = ConfigFactory.parseString("{peers:" + out() + "}").getConfigList("peers").getFirst();
        assertEquals(false, listed.getBoolean("inbound"));
        assertEquals(peer.swarm().getFirst().toString(), listed.getString("address"));
        assertTrue(listed.hasPath("score"));
        assertEquals(0, run("peers"));
        assertTrue(out().startsWith("PEER-ID "), out());
        assertTrue(out().contains(peer.peer() + "  by us"), out());
    }

    // mirrors

    @Test
    void whatServersAreLikeIsListed() {
        assertEquals(0, run("mirrors", "--json"), setUp.commands.err());
        Config listed = ConfigFactory.parseString("{mirrors:" + out() + "}").getConfigList("mirrors").getFirst();
        assertTrue(listed.hasPath("server") && listed.hasPath("why") && listed.getConfigList("files").size() == 3,
                out());
        assertEquals(0, run("mirrors"));
        assertTrue(out().startsWith("SERVER "), out());
        assertTrue(out().contains(listed.getString("server")) && out().contains(listed.getString("why")), out());
    }

    @Test
    void withoutANodeThereIsNobodyToAsk() {
        String[] elsewhere = {"--set", "socket_path=" + directory.resolve("none")};
        assertEquals(1, run("peers", elsewhere[0], elsewhere[1]));
        assertTrue(setUp.commands.err().startsWith("guix-p2p: no node answers at "), setUp.commands.err());
        assertEquals(1, run("mirrors", elsewhere[0], elsewhere[1]));
        assertEquals(1, run("test-provider-lookup", NAR, elsewhere[0], elsewhere[1]));
        assertEquals(1, setUp.commands.err().lines().count());
    }

    // share-info

    @Test
    void othersAreToldWhereToConnect() {
        assertEquals(0, run("share-info"));
        assertEquals("# peer " + node.peer() + ", share = lan\nguixp2p://" + node.peer() + "@192.0.2.7:6881\n", out());
        assertEquals("", setUp.commands.err());
        assertEquals(0, run("share-info", "--json", "--set", "external_addresses=[]"));
        assertEquals("nobody can connect: there is no address but this machine's own; see listen_address",
                json().getStringList("warnings").getFirst());
        assertEquals(0, json().getInt("record_kept_by"));
        assertEquals(0, run("share-info", "--set", "share=off"));
        assertTrue(setUp.commands.err().contains("share = off"), setUp.commands.err());
    }

    // test-connectivity

    @Test
    void whoAnswersIsSaidWithTheTimeOfEachStage() {
        for (String where : new String[]{address(), peer.swarm().getFirst().toString()}) {
            assertEquals(0, setUp.commands.run("test-connectivity", "--json", where), TestOut::said);
            assertEquals(peer.peer().toString(), json().getString("peer_id"));
            assertTrue(json().getString("agent").startsWith("guix-p2p"), out());
            assertEquals(5, json().getConfig("stages_ms").root().size(), out());
        }
        assertEquals(0, setUp.commands.run("test-connectivity", address()));
        assertTrue(out().lines().anyMatch(line -> line.matches("TCP connection +\\d+\\.\\d ms")), out());
        assertTrue(out().lines().anyMatch(line -> line.matches("round trip \\d+\\.\\d ms")), out());
        // The peer takes it for somebody else: the node stays connected.
        whoIsConnectedIsListed();
    }

    private static final class TestOut {
        private static String said() {
            return out() + setUp.commands.err();
        }
    }

    @Test
    void somebodyElseThereIsAFailure() {
        NodeIdentity wanted = NodeIdentity.generate(new SecureRandom());
        assertEquals(1, setUp.commands.run("test-connectivity",
                "guixp2p://" + wanted.peerId() + "@" + peer.swarm().getFirst()));
        assertEquals("failed at TLS: expected peer " + wanted.peerId() + ", found " + peer.peer() + "\n", out());
    }

    @Test
    void nobodyThereIsAFailureOfTheFirstStage() throws IOException {
        assertEquals(1, setUp.commands.run("test-connectivity", "--json", "127.0.0.1:" + SetUp.freePort()));
        assertEquals("TCP connection", json().getString("stage"));
        assertEquals(1, setUp.commands.run("test-connectivity", "--json", "host.invalid:1"));
        assertEquals("name", json().getString("stage"));
    }

    @Test
    void whoIsNoPeerIsAFailureOfTls() throws IOException {
        try (ServerSocket stranger = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (var socket = stranger.accept()) {
                    socket.getOutputStream().write("SSH-2.0-none\r\n".getBytes(StandardCharsets.US_ASCII));
                    var _ = socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // the probe has hung up
                }
            });
            assertEquals(1, setUp.commands.run("test-connectivity", "--json", "127.0.0.1:" + stranger.getLocalPort()));
            assertEquals("TLS", json().getString("stage"));
        }
        assertEquals(2, setUp.commands.run("test-connectivity", "nowhere"));
    }

    // test-provider-lookup

    @Test
    void aLookupThatFindsNobodyIsStatusOne() {
        assertEquals(1, run("test-provider-lookup", NAR));
        assertTrue(out().startsWith("looking for " + NAR + "\n"), out());
        assertTrue(out().lines().toList().getLast().matches(" *\\d+ ms  the lookup is over: exhausted"), out());
        assertEquals(1, run("test-provider-lookup", "--json", NAR));
        assertEquals(2, out().lines().count(), out());
        assertEquals(1, run("test-provider-lookup", "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"));
        assertTrue(out().startsWith("nobody is asked: no trusted narinfo"), out());
        assertEquals(2, run("test-provider-lookup", "hello"));
    }

    @Test
    void whoIsFoundIsPrintedAndIsStatusZero() throws IOException {
        Path socket = directory.resolve("finder");
        try (ControlServer _ = ControlServer.start(ControlServer.beside(socket), RateLimits.none(),
                (question, line) -> {
                    line.accept(Map.of("nar", NAR));
                    line.accept(Map.of("provider", "192.0.2.8:6881", "after_ms", 42));
                    line.accept(Map.of("ended", "enough", "after_ms", 43));
                    return CompletableFuture.completedFuture(null);
                })) {
            assertEquals(0, run("test-provider-lookup", NAR, "--set", "socket_path=" + socket));
            assertEquals(List.of("looking for " + NAR, "    42 ms  192.0.2.8:6881",
                    "    43 ms  the lookup is over: enough"), out().lines().toList());
        }
    }

    // why

    @Test
    void ofWhatWasNotFetchedThereIsNothingToSay() {
        assertEquals(1, run("why", "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"));
        assertTrue(out().startsWith("no download of it is remembered"), out());
        assertEquals(1, run("why", "--json", "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"));
        assertEquals("[]\n", out());
        assertEquals(2, run("why", "hello"));
    }

    @Test
    void whatIsUnderWayIsPrinted() throws IOException {
        Path socket = directory.resolve("busy");
        try (ControlServer _ = ControlServer.start(ControlServer.beside(socket), RateLimits.none(),
                (question, line) -> {
                    line.accept(Map.of("seconds", 1.5, "size", 1000, "answer", "It is under way.", "at", "blocks",
                            "phases", List.of(), "sources", List.of(), "came_to_nothing", List.of(), "troubles",
                            List.of()));
                    return CompletableFuture.completedFuture(null);
                })) {
            assertEquals(0, run("why", "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1", "--set",
                    "socket_path=" + socket));
            assertEquals(List.of("under way  1.5 s  1000 bytes", "  It is under way.",
                    "  it is getting blocks from peers"), out().lines().toList());
        }
    }

    @Test
    void whereItCameFromIsPrinted() throws IOException {
        Path socket = directory.resolve("teller");
        try (ControlServer _ = ControlServer.start(ControlServer.beside(socket), RateLimits.none(),
                (question, line) -> {
                    line.accept(Map.of("began", "2026-01-01T00:00:00Z", "seconds", 1.5, "size", 1000, "answer",
                            "It came from somewhere\u0007.", "phases",
                            List.of(Map.of("name", "servers", "seconds", 1.5)),
                            "sources", List.of(Map.of("name", "https://s", "bytes", 1000)), "came_to_nothing",
                            List.of(Map.of("kind", "peers", "reason", "nobody has it")), "troubles",
                            List.of(Map.of("peer_id", "p", "what", "it lied"))));
                    return CompletableFuture.completedFuture(null);
                })) {
            assertEquals(0, run("why", "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1", "--set",
                    "socket_path=" + socket));
            assertEquals(List.of("2026-01-01T00:00:00Z  1.5 s  1000 bytes", "        1.5 s  getting it from servers",
                    "         1000  from https://s", "  peers came to nothing: nobody has it", "  peer p: it lied"),
                    out().lines().filter(line -> !line.contains("somewhere")).toList());
            assertFalse(out().contains("\u0007"), out());
        }
    }
}
