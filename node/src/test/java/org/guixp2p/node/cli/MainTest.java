// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.identity.IdentityFile;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import picocli.CommandLine;

class MainTest {
    private static final String HELLO = "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";
    private static final String SH = "/gnu/store/c3m05d5dai3qccdw77pb9kgl1dcimy10-sh";

    @TempDir
    Path home;

    private Surroundings alice;
    private final List<NodeConfig> started = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private NodeRuntime runtime;

    @BeforeEach
    void alice() {
        alice = new Surroundings(Map.of(), "alice", home, home.resolve("etc.conf"));
        runtime = (config, identity) -> {
            started.add(config);
            return new EndedNode(CompletableFuture.completedFuture("end"));
        };
    }

    private record EndedNode(CompletionStage<?> whenEnded) implements NodeRuntime.Running {
        @Override
        public NodeRuntime.Addresses addresses() {
            return new NodeRuntime.Addresses(PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]), List.of(),
                    Optional.empty(), Optional.empty());
        }

        @Override
        public void stop() {}
    }

    private int run(String... args) {
        CommandLine commands = Main.commands(alice, runtime, new SetupCommand(Optional.empty(), Optional.empty()),
                Terminal.NONE);
        commands.setOut(new PrintWriter(out, true));
        commands.setErr(new PrintWriter(err, true));
        return commands.execute(args);
    }

    private Path config(String... lines) throws IOException {
        return Files.writeString(home.resolve("my.conf"), String.join("\n", lines) + "\n");
    }

    /** Settings that changed after the last setup leave the daemon's substituter with the old ones. */
    @Test
    void aStaleFileForTheSubstituterIsToldOf() throws IOException {
        alice = new Surroundings(Map.of(), "guix-p2p", home, home.resolve("etc.conf"));
        assertEquals(0, run("config", "check"));
        assertEquals("The settings are valid.\n", out.toString());
        Path bridge = Files.writeString(home.resolve("bridge.conf"),
                "# setup's\nsocket = /var/cache/guix-p2p/guix-p2p.sock\nfallback = builtin # not any more\n");
        Files.writeString(home.resolve("etc.conf"), "substitute_policy = p2p-only\nsocket_path = /run/p2p/sock\n");
        assertEquals(0, run("config", "check"));
        assertEquals(List.of("warning: " + bridge
                + " has socket = /var/cache/guix-p2p/guix-p2p.sock for guix-daemon's substituter, but the settings say "
                + "socket_path = /run/p2p/sock; 'guix-p2p setup' writes it anew",
                "warning: " + bridge + " has fallback = builtin for guix-daemon's substituter, but the settings say "
                        + "fallback = none; 'guix-p2p setup' writes it anew"),
                out.toString().lines().skip(2).toList());
        out.getBuffer().setLength(0);
        assertEquals(0, run("config", "check", "--json"));
        assertEquals(2, ConfigFactory.parseString(out.toString()).getList("warnings").size());
        out.getBuffer().setLength(0);
        // Neither somebody's own node, nor one with a file of its own, is the one that the daemon's substituter is to find.
        assertEquals(0, run("config", "check", "--config", home.resolve("etc.conf").toString()));
        alice = new Surroundings(Map.of(), "alice", home, home.resolve("etc.conf"));
        assertEquals(0, run("config", "check"));
        assertEquals(List.of("The settings are valid.", "The settings are valid."), out.toString().lines().toList());
    }

    @Test
    void theNodeWarnsOfAStaleFileToo() throws IOException {
        alice = new Surroundings(Map.of(), "guix-p2p", home, home.resolve("etc.conf"));
        Files.writeString(home.resolve("bridge.conf"), "acl = /other/acl\n");
        Files.writeString(home.resolve("etc.conf"), "state_dir = " + home + "/state\n");
        Logger log = (Logger) LoggerFactory.getLogger(NodeCommand.class);
        ListAppender<ILoggingEvent> events = new ListAppender<>();
        events.start();
        log.addAppender(events);
        try {
            assertEquals(0, run("node"), err::toString);
        } finally {
            log.detachAppender(events);
        }
        assertTrue(events.list.stream().anyMatch(event -> event.getFormattedMessage().contains("acl = /other/acl")
                && event.getFormattedMessage().contains("'guix-p2p setup'")), events.list.toString());
    }

    @Test
    void aPublicKeyThatCannotBeReadIsAFault() throws IOException {
        Path absent = home.resolve("absent.pub");
        Path file = config("", "public_keys = [guix, \"" + absent + "\"]");
        assertEquals(2, run("config", "check", "--config", file.toString()));
        assertEquals("guix-p2p: " + file + ":2: public_keys: " + absent + ": no such file or directory\n",
                err.toString());
        Files.writeString(absent, "(no key)");
        assertEquals(2, run("config", "check", "--config", file.toString()));
        assertEquals(2, run("config", "check", "--set", "public_keys=(public-key (rsa))"));
        assertTrue(err.toString().lines().allMatch(line -> line.contains("public_keys: ")), err.toString());
        assertEquals(3, err.toString().lines().count(), err.toString());
    }

    @Test
    void theVersionIsTheBuildsOwn() {
        assertEquals(0, run("--version"));
        assertTrue(out.toString().matches("guix-p2p [0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?\\R"), out.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "node", "config", "config check", "config show", "identity", "init", "limits", "doctor",
        "mirrors", "peers", "dashboard-demo",
        "share-info", "test-connectivity", "test-provider-lookup"})
    void everyCommandHasHelp(String command) {
        List<String> words = new ArrayList<>(command.isEmpty() ? List.of() : List.of(command.split(" ")));
        words.add("--help");
        assertEquals(0, run(words.toArray(String[]::new)));
        assertTrue(out.toString().startsWith("Usage: guix-p2p " + command), out.toString());
        assertTrue(out.toString().contains("Exit status:"), out.toString());
    }

    @ParameterizedTest
    @CsvSource({"--frobnicate", "frobnicate", "node --frobnicate", "node --seed", "config shw", "node --policy",
        "identity --config", "identity extra"})
    void wrongUsageIsOneLineAndStatusTwo(String line) {
        assertEquals(2, run(line.split(" ")));
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().startsWith("guix-p2p: ") && err.toString().contains("--help"), err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void withoutACommandItSaysWhatThereIs() {
        assertEquals(2, run());
        assertTrue(err.toString().startsWith("guix-p2p: "), err.toString());
    }

    @Test
    void aNodeGetsWhatTheOptionsSay() throws IOException {
        Path file = config("seed_paths = [\"" + HELLO + "\"]", "share = off", "log_level = warn");
        assertEquals(0, run("node", "--config", file.toString(), "--seed", SH, "--policy", "http-first", "--share",
                "world", "--set", "min_providers=3", "--set", "share=lan", "--listen", "127.0.0.1:0", "--listen",
                "[::1]:0", "--api", "off"));
        NodeConfig config = started.getFirst();
        assertEquals(List.of(HELLO, SH), config.seeding().paths().stream().map(Object::toString).toList());
        assertEquals(SubstitutePolicy.HTTP_FIRST, config.substitutes().policy());
        assertEquals(Share.WORLD, config.seeding().share());
        assertEquals(3, config.substitutes().minProviders());
        assertEquals(2, config.network().listen().size());
        assertTrue(config.api().isEmpty());
        assertTrue(Files.exists(home.resolve(".local/state/guix-p2p/identity")));
    }

    @Test
    void severalSeedsMayFollowOneAnother() {
        assertEquals(0, run("node", "--seed", HELLO, SH, "--policy", "p2p-only"));
        assertEquals(2, started.getFirst().seeding().paths().size());
    }

    @Test
    void wrongSettingsStartNothing() throws IOException {
        Path file = config("", "shere = lan");
        assertEquals(2, run("node", "--config", file.toString(), "--policy", "p2p", "--set", "nonsense=1"));
        assertEquals(List.of("guix-p2p: " + file + ":2: shere: no such setting; did you mean 'share'?",
                "guix-p2p: --set nonsense=1: nonsense: no such setting",
                "guix-p2p: --policy p2p: substitute_policy: one of 'p2p-only', 'p2p-first', 'http-first' expected, "
                        + "found 'p2p'"),
                err.toString().lines().toList());
        assertEquals(List.of(), started);
        assertFalse(Files.exists(home.resolve(".local")));
        assertEquals(2, run("node", "--set", "share"));
        assertTrue(err.toString().contains("guix-p2p: --set share: KEY=VALUE expected"), err.toString());
    }

    @Test
    void whatAUserCanMendIsOneLineAndStatusOne() throws IOException {
        runtime = (config, identity) -> {
            throw new StartException("127.0.0.1:6881: port in use", new IOException("cause"));
        };
        assertEquals(1, run("node"));
        assertEquals("guix-p2p: 127.0.0.1:6881: port in use" + System.lineSeparator(), err.toString());
        err.getBuffer().setLength(0);
        Files.writeString(home.resolve(".local/state/guix-p2p/identity"), "broken");
        assertEquals(1, run("node"));
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains("not a node's key"), err.toString());
    }

    @Test
    void aFaultOfTheProgramIsStatusSeventy() {
        runtime = (config, identity) -> {
            throw new IllegalStateException("thrown on purpose by a test");
        };
        assertEquals(70, run("node"));
    }

    @Test
    void aNodeThatEndsByItselfIsAFailure() {
        runtime = (config,
                identity) -> new EndedNode(
                        CompletableFuture.failedFuture(new IOException("ended on purpose by a test")));
        assertEquals(1, run("node"));
    }

    @Test
    void theSettingsCanBeChecked() throws IOException {
        assertEquals(0, run("config", "check"));
        Path wrong = config("shar = lan");
        assertEquals(2, run("config", "check", "--config", wrong.toString()));
        assertEquals("guix-p2p: " + wrong + ":1: shar: no such setting; did you mean 'share'?" + System.lineSeparator(),
                err.toString());
    }

    @Test
    void theCheckHasJson() throws IOException {
        Path wrong = config("shar = \"quote\\\"\"");
        assertEquals(2, run("config", "check", "--json", "--config", wrong.toString()));
        Config json = ConfigFactory.parseString(out.toString());
        assertFalse(json.getBoolean("ok"));
        assertEquals(wrong + ":1", json.getConfigList("faults").getFirst().getString("place"));
        assertEquals("", err.toString());
    }

    @Test
    void theSettingsInEffectAreShownAndCanBeReadBack() throws Exception {
        Path file = config("share = off", "substitute_urls = \"http://a.example http://b.example\"");
        assertEquals(0, run("config", "show", "--config", file.toString(), "--set", "min_providers=2"));
        assertTrue(out.toString().contains("share = \"off\"  # " + file + ":1"), out.toString());
        assertTrue(out.toString().contains("min_providers = \"2\"  # --set min_providers=2"), out.toString());
        assertTrue(out.toString().contains("log_level = \"info\"  # default"), out.toString());
        Path shown = Files.writeString(home.resolve("shown.conf"), out.toString());
        out.getBuffer().setLength(0);
        assertEquals(0, run("config", "show", "--json", "--config", shown.toString()));
        Config json = ConfigFactory.parseString(out.toString());
        assertEquals("off", json.getString("share"));
        assertEquals("http://a.example http://b.example", json.getString("substitute_urls"));
        assertEquals(1, out.toString().lines().count());
    }

    @Test
    void theIdentityIsMadeOnceAndPrinted() throws Exception {
        assertEquals(0, run("identity"));
        String first = out.toString().strip();
        out.getBuffer().setLength(0);
        assertEquals(0, run("identity", "--json"));
        Config json = ConfigFactory.parseString(out.toString());
        assertEquals(first, json.getString("peer_id"));
        assertEquals(first, IdentityFile.load(Path.of(json.getString("file"))).peerId().toString());
    }

    @ParameterizedTest
    @CsvSource({"INFO,0,INFO", "INFO,1,DEBUG", "INFO,2,TRACE", "INFO,3,TRACE", "TRACE,1,TRACE", "ERROR,0,ERROR"})
    void verbosityOnlyAddsToTheLog(Level configured, int times, Level effective) {
        assertEquals(effective, Logs.verbose(configured, times));
    }

    // limits

    @Test
    void limitsOfANodeThatRunsAreShownAndChanged() throws Exception {
        Path socket = home.resolve("run/socket");
        String[] where = {"--set", "socket_path=" + socket};
        assertEquals(1, run("limits", where[0], where[1]));
        assertTrue(err.toString().startsWith("guix-p2p: no node answers at " + socket + ".control"), err.toString());
        RateLimits limits = RateLimits.none();
        try (ControlServer _ = ControlServer.start(ControlServer.beside(socket), limits,
                (question, line) -> CompletableFuture.completedFuture(null))) {
            assertEquals(0, run("limits", where[0], where[1], "--upload", "2MiB", "--download-per-peer", "500K"));
            assertEquals(String.join(System.lineSeparator(), "upload: 2097152 bytes per second", "download: no limit",
                    "upload-per-peer: no limit", "download-per-peer: 512000 bytes per second", ""), out.toString());
            assertEquals(2 << 20, limits.rates().upload().bytesPerSecond());
            out.getBuffer().setLength(0);
            assertEquals(0, run("limits", where[0], where[1], "--json", "--upload", "0"));
            assertEquals("{\"download\":0,\"download_per_peer\":512000,\"upload\":0,\"upload_per_peer\":0}",
                    out.toString().strip());
            assertEquals(2, run("limits", where[0], where[1], "--upload", "fast"));
            assertTrue(err.toString().contains("'fast'"), err.toString());
            assertTrue(limits.rates().upload().isUnlimited());
        }
    }

    /** It listens and says nothing, as a node that was stopped. */
    @Test
    @Timeout(60)
    void limitsOfANodeThatDoesNotAnswerAreNotWaitedForForEver() throws Exception {
        Path socket = home.resolve("socket");
        try (ServerSocketChannel mute = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            mute.bind(UnixDomainSocketAddress.of(ControlServer.beside(socket)));
            CommandLine limits = new CommandLine(new LimitsCommand(alice, Duration.ofSeconds(1)));
            limits.setErr(new PrintWriter(err, true));
            assertEquals(1, limits.execute("--set", "socket_path=" + socket));
            assertEquals("guix-p2p: the node at " + socket + ".control does not answer within 1 s"
                    + System.lineSeparator(), err.toString());
        }
    }
}
