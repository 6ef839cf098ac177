// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.Surroundings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitCommandTest {
    @TempDir
    private Path home;

    private CommandRun run;

    @BeforeEach
    void alice() {
        run = new CommandRun(new Surroundings(Map.of(), "alice", home, home.resolve("system/guix-p2p.conf")));
    }

    private Path usual() {
        return home.resolve(".config/guix-p2p/guix-p2p.conf");
    }

    private static CommandRun typed(CommandRun run, String answers) {
        return run.at(new Terminal(Optional.of(new BufferedReader(new StringReader(answers))), false));
    }

    private Share share(Path file) throws ConfigException {
        return ConfigLoader.load(run.surroundings(), Optional.of(file), List.of()).config().seeding().share();
    }

    @Test
    void withoutATerminalTheDefaultIsTaken() throws Exception {
        assertEquals(0, run.run("init"), run::err);
        assertEquals("made " + usual() + " with share = lan\n", run.out());
        assertEquals(Share.LAN, share(usual()));
        assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(usual())));
        assertEquals(0, run.run("config", "check"), run::err);
    }

    @Test
    void aFileThatIsThereIsLeftAsItIs() throws IOException {
        Path file = Files.writeString(home.resolve("mine.conf"), "share = off\n");
        assertEquals(2, run.run("init", "--config", file.toString(), "--share", "world"));
        assertEquals("share = off\n", Files.readString(file));
        assertTrue(run.err().startsWith("guix-p2p: " + file + " is there already"), run.err());
        assertEquals(1, run.err().lines().count());
        Path dangling = Files.createSymbolicLink(home.resolve("link.conf"), home.resolve("nowhere"));
        assertEquals(2, run.run("init", "--config", dangling.toString()));
        assertFalse(Files.exists(home.resolve("nowhere")));
    }

    @ParameterizedTest
    @CsvSource({"world;,WORLD", ";,LAN", "whatever;OFF;off;,OFF"})
    void somebodyIsAskedAfterBeingTold(String typed, Share chosen) throws Exception {
        assertEquals(0, typed(run, typed.replace(';', '\n')).run("init"), run::err);
        assertTrue(run.out().indexOf("What others learn") < run.out().indexOf("[lan]"), run.out());
        assertEquals(chosen, share(usual()));
    }

    @Test
    void whoeverHangsUpGetsNothing() {
        assertEquals(2, typed(run, "").run("init"));
        assertFalse(Files.exists(usual()));
    }

    @Test
    void nobodyIsAskedAfterAnOption() throws Exception {
        assertEquals(0, typed(run, "off\n").run("init", "--share", "world"), run::err);
        assertFalse(run.out().contains("What others learn"));
        assertEquals(Share.WORLD, share(usual()));
    }

    @Test
    void aProgramGetsJson() {
        assertEquals(0, typed(run, "off\n").run("init", "--json"), run::err);
        var json = ConfigFactory.parseString(run.out());
        assertEquals(List.of(usual().toString(), "lan"), List.of(json.getString("file"), json.getString("share")));
    }

    @Test
    void rootWritesTheSystemsFile() {
        run = new CommandRun(new Surroundings(Map.of(), "root", home, home.resolve("system/guix-p2p.conf")));
        assertEquals(0, run.run("init"), run::err);
        assertTrue(Files.exists(home.resolve("system/guix-p2p.conf")));
        assertFalse(Files.exists(usual()));
    }

    @Test
    void whatCannotBeWrittenIsOneLineAndStatusOne() throws IOException {
        Path file = Files.createFile(home.resolve("file"));
        assertEquals(1, run.run("init", "--config", file.resolve("below.conf").toString()));
        assertEquals(1, run.err().lines().count(), run.err());
    }

    @ParameterizedTest
    @CsvSource({"'',xterm,true", "1,xterm,false", "'',dumb,false"})
    void colourCanBeDeclined(String noColor, String term, boolean wanted) {
        assertEquals(wanted, Terminal.wantsColour(Map.of("NO_COLOR", noColor, "TERM", term)));
    }

    @Test
    void onlyATerminalIsPainted() {
        assertEquals("ok", Terminal.NONE.paint(Terminal.Colour.GREEN, "ok"));
        assertEquals("\u001b[32mok\u001b[0m",
                new Terminal(Optional.empty(), true).paint(Terminal.Colour.GREEN, "ok"));
    }
}
