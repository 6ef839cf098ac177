// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the simulation says is what happened in it. */
@Timeout(120)
class InventoriesBenchTest {
    private static InventoriesReport run(int nodes, int sessions, int kept, Duration session) {
        return run(new InventoriesPlan(nodes, sessions, 400, 1, kept, 1000, 60, session, 3));
    }

    private static InventoriesReport run(InventoriesPlan plan) {
        return new InventoriesSimulation(plan, step -> {}).run();
    }

    /** All that somebody has is found, and nothing else. */
    @Test
    void whereAllAreConnectedOnlyWhatNobodyHasIsNotAnswered() {
        InventoriesReport report = run(20, 18, 40, Duration.ofDays(1));
        assertEquals(1000, report.lookups());
        assertTrue(report.answeredShare() + report.nobodyShare() > 0.97, report::json);
        assertTrue(report.answeredShare() + report.nobodyShare() <= 1, report::json);
        assertTrue(report.nobodyShare() > 0.01, report::json);
        assertTrue(report.filterBytesPerNode() > 19 * 2 * 40, report::json);
    }

    @Test
    void moreSessionsAnswerMore() {
        InventoriesReport few = run(40, 2, 40, Duration.ofDays(1));
        InventoriesReport more = run(40, 12, 40, Duration.ofDays(1));
        assertTrue(few.answeredShare() + 0.1 < more.answeredShare(), () -> few.json() + more.json());
        assertTrue(few.bytesToldPerNodeAndSecond() < more.bytesToldPerNodeAndSecond(),
                () -> few.json() + more.json());
    }

    /** What has gone is not told at once. */
    @Test
    void whoeverKeepsLittleIsAskedInVainNowAndThen() {
        InventoriesReport report = run(new InventoriesPlan(20, 18, 400, 1, 5, 1000, 1800, Duration.ofDays(1), 3));
        assertTrue(report.vainQuestionsPerLookup() > 0, report::json);
        assertTrue(report.vainQuestionsPerLookup() < 0.5, report::json);
    }

    @Test
    void sessionsThatEndAreFollowedByOthers() {
        InventoriesReport calm = run(40, 6, 40, Duration.ofDays(1));
        InventoriesReport restless = run(40, 6, 40, Duration.ofMinutes(1));
        assertTrue(restless.bytesToldPerNodeAndSecond() > calm.bytesToldPerNodeAndSecond(), restless::json);
        assertTrue(restless.answeredShare() > calm.answeredShare() - 0.1, restless::json);
    }

    @Test
    void theSameSeedIsTheSameRun() {
        InventoriesReport one = run(30, 6, 40, Duration.ofMinutes(10));
        InventoriesReport another = run(30, 6, 40, Duration.ofMinutes(10));
        assertEquals(one.answeredShare(), another.answeredShare());
        assertEquals(one.bytesToldPerNodeAndSecond(), another.bytesToldPerNodeAndSecond());
        assertEquals(one.simulatedSeconds(), another.simulatedSeconds());
    }

    @Test
    void demandFollowsZipfsLaw() {
        Zipf zipf = new Zipf(1000, 1);
        Random random = new Random(5);
        int[] drawn = new int[1000];
        for (int i = 0; i < 200_000; i++) {
            drawn[zipf.draw(random)]++;
        }
        // One in 7.49 is for the first, and half as many for the second.
        assertEquals(200_000 / 7.485, drawn[0], 1000);
        assertEquals(100_000 / 7.485, drawn[1], 700);
        assertTrue(drawn[999] > 0 && drawn[999] < 80, () -> drawn[999] + " of the last");
    }

    /** However little the last ones are wanted. */
    @Test
    void differentOnesAreDrawnByTheSameLaw() {
        int[] all = new Zipf(2000, 4).drawDifferent(2000, new Random(5));
        assertEquals(2000, IntStream.of(all).distinct().count());
        // The more popular come earlier, but not always.
        assertTrue(IntStream.of(all).limit(1000).filter(number -> number < 1000).count() > 800);
        assertFalse(Arrays.equals(all, IntStream.range(0, 2000).toArray()));
        // The second is most often waited for in vain, 4,096 times rarer than the first as it is; the third is 129.7 times rarer still.
        Zipf steep = new Zipf(3, 12);
        Random random = new Random(5);
        int second = 0;
        for (int i = 0; i < 10_000; i++) {
            second += steep.drawDifferent(2, random)[1] == 1 ? 1 : 0;
        }
        assertEquals(10_000 * 129.7 / 130.7, second, 50);
    }

    private record Said(int exit, String out, String err) {}

    private static Said say(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = new CommandLine(new InventoriesCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
                .execute(arguments);
        return new Said(exit, out.toString(), err.toString());
    }

    @Test
    void itIsReportedAsOneObject() {
        Said said = say("--nodes", "12", "--sessions", "4", "--items", "50", "--kept", "10", "--lookups", "20",
                "--json",
                "--seed", "9");
        assertEquals(0, said.exit, said.err);
        assertTrue(said.out.startsWith("{\"nodes\":12,") && said.out.endsWith("\"seed\":9}\n"), said.out);
        assertTrue(said.out.contains("\"answered_share\":"), said.out);
        assertTrue(said.err.contains("20 lookups"), said.err);
    }

    @Test
    void whereNodesHaveAllThatIsWantedItIsNotBegun() {
        Said said = say("--zipf", "4", "--kept", "1000");
        assertEquals(2, said.exit);
        assertTrue(said.err.startsWith("--kept: fewer, or a smaller --zipf"), said.err);
    }

    /** An odd number of sessions is one more of every other node, so that it is between its neighbours. */
    @Test
    void anOddNumberOfSessionsIsNotRoundedDown() {
        InventoriesReport two = run(40, 2, 40, Duration.ofDays(1));
        InventoriesReport three = run(40, 3, 40, Duration.ofDays(1));
        InventoriesReport four = run(40, 4, 40, Duration.ofDays(1));
        assertTrue(two.filterBytesPerNode() * 1.4 < three.filterBytesPerNode(), () -> two.json() + three.json());
        assertTrue(three.filterBytesPerNode() * 1.25 < four.filterBytesPerNode(), () -> three.json() + four.json());
    }

    @ParameterizedTest
    @CsvSource({"--nodes,2", "--sessions,2000", "--items,0", "--zipf,5", "--kept,10001", "--lookups,0", "--an-hour,0",
        "--session-seconds,0"})
    void whatCannotBeSimulatedIsRefused(String option, String value) {
        Said said = say(option, value);
        assertEquals(2, said.exit);
        assertTrue(said.err.startsWith(option + ": "), said.err);
    }
}
