// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
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

    @Test
    void aTerminalShowsItUntilSomebodyHasSeenEnough() throws Exception {
        Path socket = ControlServer.beside(setUp.config().bridge().socketPath());
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (PipedOutputStream keys = new PipedOutputStream();
                Terminal terminal = TerminalBuilder.builder().system(false).type("xterm")
                        .encoding(StandardCharsets.UTF_8).streams(new PipedInputStream(keys), shown).build()) {
            terminal.setSize(new Size(120, 30));
            Attributes before = terminal.getAttributes();
            Top top = new Top(new Observer(socket, System::nanoTime), terminal, Duration.ofMillis(20),
                    System::nanoTime);
            FutureTask<Void> over = new FutureTask<>(() -> {
                top.run();
                return null;
            });
            Thread.ofPlatform().daemon().start(over);
            Eventually.holds(() -> text(shown).contains(node.addresses().peer().toString()), () -> text(shown));
            assertFalse(terminal.getAttributes().getLocalFlag(Attributes.LocalFlag.ISIG), "Ctrl-C is a key");
            node.stop();
            Eventually.get(node.whenEnded());
            Eventually.holds(() -> text(shown).contains("it is asked again"), () -> text(shown));
            node = setUp.startNode();
            shown.reset();
            keys.write(' ');
            keys.flush();
            Eventually.holds(() -> text(shown).contains("go on"), () -> text(shown));
            keys.write('q');
            keys.flush();
            over.get(20, TimeUnit.SECONDS);
            Eventually.holds(() -> text(shown).contains("\u001b[?1049l"), () -> "the screen of before is back");
            assertEquals(before.toString(), terminal.getAttributes().toString());
        }
    }

    private static String text(ByteArrayOutputStream shown) {
        return shown.toString(StandardCharsets.UTF_8);
    }
}
