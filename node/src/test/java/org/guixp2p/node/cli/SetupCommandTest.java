// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.setup.ProgramFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class SetupCommandTest {
    @TempDir
    Path temporary;

    private Path root;
    private ProgramFiles program;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void system() throws IOException {
        root = temporary.resolve("system");
        write(root.resolve("lib/systemd/system/guix-daemon.service"), "[Service]\nExecStart=/x\n");
        Path checkout = temporary.resolve("checkout");
        program = new ProgramFiles(write(checkout.resolve("guix-p2p"), "script"),
                write(checkout.resolve("lib/node.jar"), "jar").resolveSibling("."),
                write(checkout.resolve("guix/extensions/substitute.scm"), "scheme").resolveSibling("."));
        program = new ProgramFiles(program.launcher(), program.lib().normalize(), program.extensions().normalize());
    }

    private static Path write(Path file, String content) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        return Files.writeString(file, content);
    }

    private int run(Optional<String> answers, String... options) {
        SetupCommand setup = new SetupCommand(Optional.of(program),
                answers.map(text -> new BufferedReader(new StringReader(text))));
        CommandLine commands = Main.commands(new Surroundings(Map.of(), "alice", temporary, temporary), (_, _) -> {
            throw new AssertionError("setup starts no node");
        }, setup, Terminal.NONE);
        commands.setOut(new PrintWriter(out, true));
        commands.setErr(new PrintWriter(err, true));
        List<String> words = new ArrayList<>(List.of("setup", "--root", root.toString()));
        words.addAll(List.of(options));
        return commands.execute(words.toArray(String[]::new));
    }

    private String settings() throws IOException {
        return Files.readString(root.resolve("etc/guix-p2p/guix-p2p.conf"));
    }

    @ParameterizedTest
    @CsvSource({"world;,world", ";,lan", "whatever;OFF;off;,off"})
    void theUserIsAskedAfterBeingTold(String typed, String share) throws IOException {
        assertEquals(0, run(Optional.of(typed.replace(';', '\n'))), err::toString);
        assertTrue(settings().contains("\nshare = " + share + "\n"), settings());
        assertTrue(out.toString().indexOf("What others learn") < out.toString().indexOf("[lan]"));
        assertTrue(out.toString().contains("not run under " + root + ": systemctl daemon-reload"), out.toString());
    }

    @Test
    void programsGetWhatWasDoneAsJson() throws IOException {
        assertEquals(0, run(Optional.of("world\n"), "--json", "--dry-run"), err::toString);
        Config planned = ConfigFactory.parseString(out.toString());
        assertTrue(planned.getBoolean("dry_run") && !planned.getStringList("steps").isEmpty(), out::toString);
        assertFalse(Files.exists(root.resolve("etc/guix-p2p")));
        assertNotEquals(0, run(Optional.of("world\n"), "--json"), "nobody is asked");
        out.getBuffer().setLength(0);
        assertEquals(0, run(Optional.empty(), "--json", "--share", "off"), err::toString);
        Config done = ConfigFactory.parseString(out.toString());
        assertFalse(done.getBoolean("dry_run"));
        assertTrue(done.getStringList("steps").stream().anyMatch(step -> step.contains("systemctl daemon-reload")),
                out::toString);
        assertTrue(settings().contains("\nshare = off\n"), settings());
        out.getBuffer().setLength(0);
        write(root.resolve("etc/guix-p2p/guix-p2p.conf"), "share = nobody\n");
        assertNotEquals(0, run(Optional.empty(), "--json"));
        assertTrue(ConfigFactory.parseString(out.toString()).getString("failed").contains("share"), out::toString);
    }

    @Test
    void nobodyIsAskedAfterAnOptionOrASecondTime() throws IOException {
        assertEquals(0, run(Optional.empty(), "--share", "off", "--policy", "p2p-only"), err::toString);
        assertTrue(settings().contains("\nsubstitute_policy = p2p-only\n"), settings());
        assertEquals(0, run(Optional.empty()), err::toString);
        assertFalse(out.toString().contains("What others learn"));
        assertEquals(0, run(Optional.empty(), "--undo"), err::toString);
        assertFalse(Files.exists(root.resolve("etc/guix-p2p")));
    }

    @Test
    void withoutAnAnswerNothingIsDone() {
        assertEquals(2, run(Optional.empty()));
        assertTrue(err.toString().contains("--share off, lan or world?"), err.toString());
        assertEquals(2, run(Optional.of("")));
        assertFalse(Files.exists(root.resolve("etc")));
        assertEquals(0, run(Optional.empty(), "--dry-run"));
        assertFalse(Files.exists(root.resolve("etc")));
        assertTrue(out.toString().contains("    | share = lan"), out.toString());
    }

    @Test
    void wrongWordsAreToldWithTheRightOnes() {
        assertEquals(2, run(Optional.empty(), "--share", "everybody"));
        assertTrue(err.toString().contains("one of 'off', 'lan', 'world' expected, found 'everybody'"), err.toString());
        assertEquals(2, run(Optional.empty(), "--policy", "P2P_ONLY"));
        assertEquals(2, err.toString().lines().count(), err.toString());
    }

    @Test
    void whatIsInTheWayIsOneLineAndStatusOne() throws IOException {
        Files.delete(root.resolve("lib/systemd/system/guix-daemon.service"));
        assertEquals(1, run(Optional.empty(), "--share", "lan"));
        assertTrue(err.toString().startsWith("guix-p2p: systemd has no guix-daemon.service"), err.toString());
        assertEquals(1, err.toString().lines().count());
    }

    @Test
    void onGuixSystemItOnlyPrints() throws IOException {
        write(root.resolve("etc/os-release"), "ID=guix\n");
        assertEquals(0, run(Optional.empty(), "--share", "world"));
        assertTrue(out.toString().contains("(use-modules (guix services guix-p2p))"), out.toString());
        assertTrue(out.toString().contains("(share 'world)"), out.toString());
        assertTrue(out.toString().contains("-L " + temporary.resolve("checkout/guix/modules") + " FILE\n"),
                out.toString());
        assertTrue(Files.exists(Path.of("../guix/modules/guix/services/guix-p2p.scm")), "the module is where it says");
        assertFalse(Files.exists(root.resolve("etc/guix-p2p")));
    }
}
