// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.DhtKeys;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the implementation that most of Mainline's nodes run. */
@Timeout(120)
class LibtorrentTest {
    /** The system's, which has what its packages bring, and whatever comes first. */
    private static final List<String> PYTHONS = List.of("/usr/bin/python3", "python3");
    private static final NarHash OURS = new NarHash(Sha256.hash(new byte[]{1}));
    private static final NarHash THEIRS = new NarHash(Sha256.hash(new byte[]{2}));
    private static final int OUR_PORT = 7001;

    @TempDir
    Path directory;

    /** libtorrent in a process of its own. */
    private static final class Libtorrent implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;
        private final HostAndPort address;

        Libtorrent(String python, String host, String... router) throws IOException {
            List<String> command = new ArrayList<>(List.of(python, "src/test/resources/libtorrent-dht.py", host));
            command.addAll(List.of(router));
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            output = process.inputReader(StandardCharsets.UTF_8);
            address = new HostAndPort(host, Integer.parseInt(answer("port").getFirst()));
        }

        void say(String command) {
            try {
                process.outputWriter(StandardCharsets.UTF_8).append(command).append('\n').flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The words after the first one, which is {@code kind}. */
        List<String> answer(String kind) {
            try {
                String line = output.readLine();
                if (line == null || !line.startsWith(kind)) {
                    throw new AssertionError(kind + " expected, not " + line);
                }
                String[] words = line.split(" ");
                return List.of(words).subList(1, words.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What it says to a command. */
        List<String> tells(String command, String kind) {
            say(command);
            return answer(kind);
        }

        List<String> find(NarHash nar) {
            say("find " + DhtKeys.of(nar));
            return answer("peers");
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private static boolean hasLibtorrent(String python) {
        try {
            return new ProcessBuilder(python, "-c", "import libtorrent").redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<ProviderHint> found(Dht dht, NarHash nar) {
        Set<ProviderHint> found = ConcurrentHashMap.newKeySet();
        CountDownLatch end = new CountDownLatch(1);
        dht.directory((delay, action) -> () -> {}).lookup(
                new ProviderDirectory.Question(nar, 9, Duration.ofSeconds(10)), new ProviderDirectory.Listener() {
                    @Override
                    public void found(List<ProviderHint> hints) {
                        found.addAll(hints);
                    }

                    @Override
                    public void ended(ProviderDirectory.End how) {
                        end.countDown();
                    }
                });
        try {
            if (!end.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("no end");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return found;
    }

    private static Set<ProviderHint> hint(HostAndPort address) {
        return Set.of(new ProviderHint.Unnamed(address));
    }

    /** Whoever announces something to libtorrent is known to it from then on; of others it makes sure every few seconds. */
    private static void letItKnow(Dht dht) {
        dht.directory((delay, action) -> () -> {}).announce(new ProviderDirectory.Announcement(OURS, 1, 1));
        // There is nobody else: libtorrent has taken it.
        LoopbackDht.announced(dht, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void eachFindsWhatTheOtherAnnounces(String host) throws Exception {
        Optional<String> python = PYTHONS.stream().filter(LibtorrentTest::hasLibtorrent).findFirst();
        assumeTrue(python.isPresent(), "libtorrent for Python is not installed");
        try (Libtorrent libtorrent = new Libtorrent(python.get(), host);
                LoopbackDht network = new LoopbackDht(directory)) {
            Dht announcing = network.add(settings("a", host, OUR_PORT, libtorrent.address));
            Eventually.holds(() -> !LoopbackDht.status(announcing).isAlone(), () -> "to join by libtorrent");
            letItKnow(announcing);
            Set<ProviderHint> theirs = hint(libtorrent.address);
            Eventually.holds(() -> {
                // It may know nobody yet.
                libtorrent.say("announce " + DhtKeys.of(THEIRS));
                return found(announcing, THEIRS).equals(theirs);
            }, () -> theirs + ", found " + found(announcing, THEIRS));

            Dht asking = network.add(settings("b", host, 7003, libtorrent.address));
            Eventually.holds(() -> LoopbackDht.status(asking).nodes() == 2, () -> "both to be known");
            assertEquals(hint(new HostAndPort(host, OUR_PORT)), found(asking, OURS));
            assertEquals(theirs, found(asking, THEIRS));
            List<String> ours = List.of(host + "," + OUR_PORT);
            Eventually.holds(() -> libtorrent.find(OURS).equals(ours), () -> "libtorrent to find " + ours);
        }
    }

    /** Of what one of them has put, nobody but our node is left to tell the other one. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void itemsThatOneHasPutTheOtherGetsFromUs(String host) throws Exception {
        Optional<String> python = PYTHONS.stream().filter(LibtorrentTest::hasLibtorrent).findFirst();
        assumeTrue(python.isPresent(), "libtorrent for Python is not installed");
        SignedItems owner = new SignedItems();
        DhtItem immutable = new DhtItem.Immutable(Octets.ascii("5:hello"));
        try (LoopbackDht network = new LoopbackDht(directory)) {
            HostAndPort keeper;
            try (Libtorrent writer = new Libtorrent(python.get(), host)) {
                Dht keeping = network.add(settings("a", host, OUR_PORT, writer.address));
                keeper = keeping.listening().getFirst();
                Eventually.holds(() -> !LoopbackDht.status(keeping).isAlone(), () -> "to join by libtorrent");
                letItKnow(keeping);
                // By our node, and by itself, of which our node told it.
                Eventually.holds(() -> writer.tells("put hello", "put").equals(List.of("2")),
                        () -> "an item to be kept");
                Eventually.holds(
                        () -> writer.tells("sign " + owner.seed() + " " + owner.key + " salt signed", "put")
                                .equals(List.of("2")),
                        () -> "a signed item to be kept");
            }
            try (Libtorrent reader = new Libtorrent(python.get(), host, keeper.toString())) {
                Eventually.holds(() -> reader.tells("get " + immutable.target(), "item").equals(List.of("hello")),
                        () -> "an item to be found");
                Eventually.holds(() -> reader.tells("signed " + owner.key + " salt", "item").equals(List.of("signed")),
                        () -> "a signed item to be found");
            }
        }
    }

    private DhtSettings settings(String state, String host, int port, HostAndPort router) {
        return new DhtSettings(IdRule.PREFERRED, List.of(new HostAndPort(host, 0)), List.of(router), List.of(),
                List.of(new HostAndPort(host, port)), 100, directory.resolve(state));
    }
}
