// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.top.Observer;
import org.guixp2p.node.top.Top;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node does, on a terminal and without one. */
@Timeout(60)
class TopCommandTest {
    @TempDir
    private Path directory;

    private SetUp setUp;
    private NodeRuntime.Running node;

    @BeforeEach
    void start() throws Exception {
        setUp = new SetUp(directory);
        node = setUp.startNode();
    }

    @AfterEach
    void stop() {
        setUp.close();
    }

    @Test
    void withoutATerminalItIsSaidOnce() throws Exception {
        assertEquals(0, setUp.run("top"), setUp.commands.err());
        assertTrue(setUp.commands.out().contains(node.addresses().peer().toString()), setUp.commands.out());
        assertTrue(setUp.commands.out().lines().anyMatch(line -> line.startsWith("DOWNLOADS")), setUp.commands.out());
        assertEquals(0, setUp.run("top", "--json"), setUp.commands.err());
        Config said = ConfigFactory.parseString(setUp.commands.out());
        assertEquals(node.addresses().peer().toString(), said.getConfigList("status").getFirst().getString("peer_id"));
        assertEquals(0, said.getConfigList("transfers").size());
        assertEquals(2, setUp.run("top", "--interval", "0"));
    }

    /** A terminal, and what is run on it. */
    private final class Shown implements AutoCloseable {
        private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
        private final PipedOutputStream keys = new PipedOutputStream();
        private final Terminal terminal;
        private final Attributes before;
        private final FutureTask<Void> over;

        private Shown() throws Exception {
            terminal = TerminalBuilder.builder().system(false).type("xterm").encoding(StandardCharsets.UTF_8)
                    .streams(new PipedInputStream(keys), shown).build();
            terminal.setSize(new Size(120, 30));
            before = terminal.getAttributes();
            Top top = new Top(new Observer(socket(), System::nanoTime), terminal, Duration.ofMillis(20),
                    System::nanoTime);
            over = new FutureTask<>(() -> {
                top.run();
                return null;
            });
            Thread.ofPlatform().daemon().start(over);
            await(node.addresses().peer().toString());
        }

        private void await(String words) {
            Eventually.holds(() -> text(shown).contains(words), () -> text(shown));
        }

        private void press(char key) throws IOException {
            keys.write(key);
            keys.flush();
        }

        private void assertLeftAsItWas() {
            await("\u001b[?1049l");
            assertEquals(before.toString(), terminal.getAttributes().toString());
        }

        @Override
        public void close() throws IOException {
            terminal.close();
            keys.close();
        }
    }

    private Path socket() throws Exception {
        return ControlServer.beside(setUp.config().bridge().socketPath());
    }

    @Test
    void aTerminalShowsItUntilSomebodyHasSeenEnough() throws Exception {
        try (Shown top = new Shown()) {
            assertFalse(top.terminal.getAttributes().getLocalFlag(Attributes.LocalFlag.ISIG), "Ctrl-C is a key");
            node.stop();
            Eventually.get(node.whenEnded());
            top.await("it is asked again");
            node = setUp.startNode();
            top.shown.reset();
            top.press(' ');
            top.await("go on");
            top.press('q');
            top.over.get(20, TimeUnit.SECONDS);
            top.assertLeftAsItWas();
        }
    }

    /** One after the other, and back. */
    @Test
    void eachListIsReachedByTab() throws Exception {
        try (Shown top = new Shown()) {
            for (String title : List.of("SERVERS", "FINISHED", "EVENTS")) {
                assertFalse(text(top.shown).contains(title), title);
                if (title.equals("SERVERS")) {
                    // From downloads to peers, which stand on the same screen.
                    top.press('\t');
                }
                top.press('\t');
                top.await(title);
            }
            // What has happened since the node has begun, on a real terminal.
            top.await("TYPE");
            top.shown.reset();
            for (char key : "\u001b[Z".toCharArray()) {
                top.press(key);
            }
            top.await("OUTCOME");
            top.press('q');
            top.over.get(20, TimeUnit.SECONDS);
        }
    }

    /** As one that got SIGSTOP: whoever connects waits. */
    @Test
    void keysAreHeardWhileTheNodeDoesNotAnswer() throws Exception {
        try (Shown top = new Shown()) {
            node.stop();
            Eventually.get(node.whenEnded());
            Files.deleteIfExists(socket());
            try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                silent.bind(UnixDomainSocketAddress.of(socket()));
                try (SocketChannel _ = silent.accept()) {
                    top.await("does not answer for 2 s now");
                    top.press('\t');
                    top.press(' ');
                    top.await("go on");
                    top.press('q');
                    // Sooner than it is given up that the node answers.
                    top.over.get(5, TimeUnit.SECONDS);
                    top.assertLeftAsItWas();
                }
            }
        }
    }

    private static String text(ByteArrayOutputStream shown) {
        return shown.toString(StandardCharsets.UTF_8);
    }
}
