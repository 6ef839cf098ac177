// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the simulation says is what happened in it. */
@Timeout(120)
class AnnouncementsBenchTest {
    private static final int NODES = 25;
    private static final int RATE = 100;

    private static AnnouncementsReport run(int items, int rate, double loss, Optional<Duration> churn) {
        return new AnnouncementsSimulation(
                new AnnouncementsPlan(NODES, items, rate, 1, loss, churn, 40, Duration.ofMinutes(50), 3), step -> {})
                .run();
    }

    @Test
    void allIsFoundAndCostsMoreTheMoreThereIs() {
        AnnouncementsReport none = run(1, RATE, 0, Optional.empty());
        AnnouncementsReport some = run(60, RATE, 0, Optional.empty());
        assertEquals(1, some.foundShare());
        assertTrue(some.lookups() > 10, some::json);
        assertEquals(0, some.leftOut());
        // Each is announced again at least once, to eight nodes, by more than their answers and headers have.
        double least = 60.0 * 8 * 2 * 90 / Duration.ofMinutes(50).toSeconds();
        assertTrue(some.bytesInPerSecond() - none.bytesInPerSecond() > least / 2, some::json);
        assertTrue(some.bytesOutPerSecond() - none.bytesOutPerSecond() > least / 2, some::json);
        assertTrue(some.coreShare() > 0 && some.coreShare() < 1, some::json);
        // The first round takes less than all of the hours in which nobody forgets.
        assertTrue(some.firstRoundSeconds() > 1 && some.firstRoundSeconds() < 600, some::json);
        assertTrue(some.firstRoundBytesPerSecond() > some.bytesInPerSecond() + some.bytesOutPerSecond(), some::json);
    }

    /** Otherwise nothing would be known of what it measures. */
    @Test
    void whatCannotBeFoundIsNotFound() {
        AnnouncementsReport report = run(5, RATE, 0.8, Optional.empty());
        assertTrue(report.lookups() > 10, report::json);
        assertTrue(report.foundShare() < 0.9, report::json);
    }

    /** As where hardly a datagram arrives: the node knows nobody who could be told. */
    @Test
    void whatIsNeverAnnouncedIsSaidAfterSomeHours() {
        AnnouncementsReport report = run(5, RATE, 0.999, Optional.empty());
        assertEquals(5, report.notAnnounced(), report::json);
        assertEquals(6 * 3600, report.firstRoundSeconds(), 1, report::json);
        assertEquals(0, run(5, RATE, 0, Optional.empty()).notAnnounced());
    }

    @Test
    void whatTheBudgetDoesNotReachIsLeftOut() {
        AnnouncementsReport report = run(400, 1, 0, Optional.empty());
        assertTrue(report.leftOut() > 100, report::json);
        assertTrue(report.datagramsPerSecond() < 3, report::json);
        assertEquals(1, report.foundShare());
    }

    @Test
    void othersComeAndGoAndTheSameSeedIsTheSameRun() {
        AnnouncementsReport one = run(10, RATE, 0.03, Optional.of(Duration.ofHours(1)));
        AnnouncementsReport another = run(10, RATE, 0.03, Optional.of(Duration.ofHours(1)));
        assertTrue(one.foundShare() > 0.8, one::json);
        assertEquals(one.bytesInPerSecond(), another.bytesInPerSecond());
        assertEquals(one.bytesOutPerSecond(), another.bytesOutPerSecond());
        assertEquals(one.foundShare(), another.foundShare());
    }

    private record Said(int exit, String out, String err) {}

    private static Said say(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = new CommandLine(new AnnouncementsCommand()).setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err)).execute(arguments);
        return new Said(exit, out.toString(), err.toString());
    }

    @Test
    void itIsReportedAsOneObject() {
        Said said = say("--nodes", "20", "--items", "3", "--hours", "0.5", "--json", "--seed", "9");
        assertEquals(0, said.exit);
        assertTrue(said.out.startsWith("{\"nodes\":20,\"items\":3,\"announce_rate\":100,") && said.out
                .endsWith("\"seed\":9}\n"), said.out);
        assertTrue(said.out.contains("\"hours\":0.5,\"bytes_in_per_second\":")
                && said.out.contains("\"bytes_out_per_second\":") && said.out.contains("\"core_share\":")
                && said.out.contains("\"found_share\":1.0,"), said.out);
        assertTrue(said.err.contains("20 nodes join"), said.err);
    }

    @ParameterizedTest
    @CsvSource({"--nodes, 1", "--items, 0", "--hours, 0", "--rate, 0", "--bound, 101", "--loss, 100", "--churn, 0",
        "--lookups, 0"})
    void whatMakesNoSenseIsRefused(String option, String value) {
        Said said = say(option, value);
        assertEquals(2, said.exit);
        assertTrue(said.err.startsWith(option + ": "), said.err);
    }
}
