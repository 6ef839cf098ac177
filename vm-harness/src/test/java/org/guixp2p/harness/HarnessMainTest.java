// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
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
        "bench | Missing required subcommand", "bench nonsense | Unmatched argument at index 1: 'nonsense'",
        "bench transfer --rate 40 | Invalid value for option '--rate': a rate such as '40Mbit/s' expected",
        "bench transfer --delay 50 | Invalid value for option '--delay': a time such as '50ms' expected",
        "bench transfer --delay 11s | --delay: up to 10s, not 11000 ms",
        "bench transfer --loss-of 3 | Invalid value for option '--loss-of': a loss such as '3@2.5' expected",
        "bench transfer --loss-of 3@1 | --loss-of: fewer than all 3 seeders, not 3@1.0",
        "bench transfer --size 0B | --size: from 1B to 64GiB, not 0 B",
        "bench transfer --data nonsense | Invalid value for option '--data': 'random' or 'package' expected",
        "bench transfer --seeders 0 | --seeders: from 1 to 64, not 0",
        "bench transfer --fetchers 33 | --fetchers: from 1 to 32, not 33",
        "bench transfer --runs 0 | --runs: from 1 to 100, not 0",
        "bench transfer --against wget | --against: any of curl, curl-tee, aria2c, libtorrent, not wget",
        "bench transfer --fetchers 2 --against | --against: one fetcher, not 2 of them",
        "bench first-byte --rounds 0 | --rounds: from 1 to 1000, not 0",
        "bench first-byte --size 2GiB | --size: from 1B to 1GiB, not 2.0 GiB",
        "bench first-byte --delay 11s | --delay: up to 10s, not 11000 ms",
        "bench first-byte --dir /nonexistent | --dir: no directory: /nonexistent",
        "bench closure --items 5001 | --items: from 1 to 5000, not 5001",
        "bench closure --sizes large | Invalid value for option '--sizes': 'package' or 'small' expected",
        "bench closure --total 0B | --total: from 1B to 64GiB, not 0 B",
        "bench closure --against ftp | --against: any of http, guix, plain, not ftp",
        "bench closure --seeders 65 | --seeders: from 1 to 64, not 65",
        "bench closure --delay 11s | --delay: up to 10s, not 11000 ms",
        "bench closure --warm-up 5001 | --warm-up: from 0 to 5000, not 5001",
        "bench closure --runs 0 | --runs: from 1 to 100, not 0",
        "bench closure --dir /nonexistent | --dir: no directory: /nonexistent",
        "bench mirrors --items 0 | --items: from 1 to 1000, not 0",
        "bench mirrors --size 2GiB | --size: from 1B to 1GiB, not 2.0 GiB",
        "bench mirrors --delay 3s | --delay: up to 2s, not 3000 ms",
        "bench mirrors --dir /nonexistent | --dir: no directory: /nonexistent",
        "bench seeds --items 0 | --items: from 1 to 1000000, not 0",
        "bench store --items 0 | --items: from 1 to 1000000, not 0",
        "bench store --seed-store off | --seed-store: public or all, not off",
        "bench store --runs 0 | --runs: from 1 to 100, not 0",
        "bench store --dir /nonexistent | --dir: no directory: /nonexistent",
        "bench nar --size 0B | --size: from 1B to 64GiB, not 0 B",
        "bench nar --files 0 | --files: from 1 to 1000000, not 0",
        "bench nar --rounds 0 | --rounds: from 1 to 1000, not 0",
        "bench nar --dir /nonexistent | --dir: no directory: /nonexistent",
        "bench api --seeds 1000001 | --seeds: from 0 to 1000000, not 1000001",
        "bench api --peers 10001 | --peers: from 0 to 10000, not 10001",
        "bench api --requests 0 | --requests: from 1 to 1000000, not 0",
        "bench api --warm-up 1000001 | --warm-up: from 0 to 1000000, not 1000001",
        "bench api --dir /nonexistent | --dir: no directory: /nonexistent",
        "bench micro a b | Unmatched argument at index 3: 'b'",
        "bench transfer --dir /nonexistent | --dir: no directory: /nonexistent",
        "plain-substituter --query | Missing required options: '--acl=FILE', '--cache=DIR'",
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
    void singlePartsAreMeasured() throws IOException {
        System.setProperty("jmh.ignoreLock", "true");
        Path result = directory.resolve("result.json");
        assertEquals(0, run("bench", "micro", "FrameCodec.*Question", "--quick", "--result", result.toString()));
        String json = Files.readString(result);
        assertTrue(json.contains("encodeQuestion") && json.contains("decodeQuestion"), json);
        assertFalse(json.contains("Block\""), json);
    }

    @Test
    void aPatternOfNothingIsAnError() {
        System.setProperty("jmh.ignoreLock", "true");
        assertEquals(1, run("bench", "micro", "no-such-benchmark", "--quick"));
        assertTrue(err.toString().startsWith("guix-p2p: "), err::toString);
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
        assertEquals(0, run("bench", "transfer", "--help"));
        for (String option : List.of("--rate", "--delay", "--loss-of", "--fetchers", "--against", "--runs")) {
            assertTrue(out.toString().contains(option), option);
        }
    }
}
