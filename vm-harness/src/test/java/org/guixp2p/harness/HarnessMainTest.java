// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class HarnessMainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private int run(String... arguments) {
        CommandLine commands = HarnessMain.commands();
        commands.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return commands.execute(arguments);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"demo --nonsense | Unknown option: '--nonsense'",
        "demo extra | Unmatched argument at index 1: 'extra'",
        "demo --size | Missing required parameter for option '--size'",
        "demo --size 5 | Invalid value for option '--size': a size such as '256MiB' expected",
        "demo --size 1023K | --size: from 1MiB to 64GiB, not 1023.0 KiB",
        "demo --size 65GiB | --size: from 1MiB to 64GiB, not 65.0 GiB",
        "demo --dir /nonexistent | --dir: no directory: /nonexistent",
        "narinfo-server | Missing required option: '--dir=DIR'",
        "nonsense | Unmatched argument at index 0: 'nonsense'", "'' | Missing required subcommand"})
    void aWrongCommandLineIsRefusedInOneLine(String line, String message) {
        String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");
        assertEquals(2, run(arguments), err::toString);
        assertTrue(err.toString().startsWith("guix-p2p: " + message), err::toString);
        assertEquals(1, err.toString().lines().count());
        assertEquals("", out.toString());
    }

    @Test
    void whatCannotBeReadIsAnErrorInOneLine() {
        assertEquals(1, run("narinfo-server", "--dir", directory.resolve("missing").toString()));
        assertEquals(1, err.toString().lines().count(), err::toString);
    }

    @Test
    void theHelpNamesWhatPeopleUse() {
        assertEquals(0, run("--help"));
        String help = out.toString();
        assertTrue(help.contains("demo"), help);
        assertFalse(help.contains("narinfo-server"), help);
        assertEquals(0, run("demo", "--help"));
        for (String option : List.of("--json", "--hold", "--kill-one", "--liar", "--size", "--dir")) {
            assertTrue(out.toString().contains(option), option);
        }
    }
}
