// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import org.guixp2p.node.discovery.dht.IdRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the simulation says is what happened in it. */
@Timeout(120)
class DhtBenchTest {
    private static final int NODES = 50;
    private static final int LOOKUPS = 20;

    private static DhtReport run(double dead, double loss, Optional<Duration> churn, int sybils, IdRule rule) {
        return new DhtSimulation(
                new DhtPlan(NODES, dead, loss, churn, sybils, rule, 1, LOOKUPS, Duration.ofMinutes(1), 3), step -> {})
                .run();
    }

    @Test
    void amongTheLivingAllIsFoundSoon() {
        DhtReport report = run(0, 0, Optional.empty(), 0, IdRule.PREFERRED);
        assertEquals(LOOKUPS, report.lookups());
        assertEquals(1, report.foundShare());
        assertTrue(report.firstP50Ms() > 20 && report.firstP95Ms() < 1000, report::json);
        assertTrue(report.messagesPerLookup() >= 8 && report.messagesPerLookup() < NODES, report::json);
    }

    @Test
    void theSameSeedIsTheSameRun() {
        DhtReport one = run(0.3, 0.03, Optional.empty(), 0, IdRule.PREFERRED);
        DhtReport another = run(0.3, 0.03, Optional.empty(), 0, IdRule.PREFERRED);
        assertEquals(one.firstP95Ms(), another.firstP95Ms());
        assertEquals(one.datagramsPerNodeAndMinute(), another.datagramsPerNodeAndMinute());
    }

    /** Otherwise nothing would be known of what it measures. */
    @Test
    void whatCannotBeFoundIsNotFound() {
        DhtReport report = run(0, 0.97, Optional.empty(), 0, IdRule.PREFERRED);
        assertTrue(report.foundShare() < 0.5, report::json);
        assertEquals(-1, report.firstP95Ms());
    }

    @Test
    void nodesComeAndGo() {
        DhtReport report = run(0, 0, Optional.of(Duration.ofHours(2)), 0, IdRule.ENFORCED);
        assertTrue(report.lookups() > LOOKUPS / 2, report::json);
        assertTrue(report.foundShare() > 0.9, report::json);
        assertEquals("private", report.rules());
    }

    @Test
    void attackersTakePart() {
        DhtReport calm = run(0, 0, Optional.empty(), 0, IdRule.ENFORCED);
        DhtReport attacked = run(0, 0, Optional.empty(), 4, IdRule.ENFORCED);
        assertTrue(attacked.datagramsPerNodeAndMinute() > calm.datagramsPerNodeAndMinute(), attacked::json);
        assertTrue(attacked.foundShare() > 0.9, attacked::json);
    }

    private record Said(int exit, String out, String err) {}

    private static Said say(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = new CommandLine(new DhtCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
                .execute(arguments);
        return new Said(exit, out.toString(), err.toString());
    }

    @Test
    void itIsReportedAsOneObject() {
        Said said = say("--nodes", "30", "--lookups", "5", "--json", "--seed", "9");
        assertEquals(0, said.exit);
        assertTrue(said.out.startsWith("{\"nodes\":30,") && said.out.endsWith("\"seed\":9}\n"), said.out);
        assertTrue(said.out.contains("\"found_share\":1.0,\"first_p50_ms\":"), said.out);
        assertTrue(said.err.contains("30 nodes join"), said.err);
    }

    @ParameterizedTest
    @CsvSource({"--nodes, 1", "--dead, 100", "--loss, -1", "--churn, 0", "--sybils, -1", "--rules, none",
        "--bound, 101", "--lookups, 0", "--seconds, 0"})
    void whatMakesNoSenseIsRefused(String option, String value) {
        Said said = say(option, value);
        assertEquals(2, said.exit);
        assertTrue(said.err.startsWith(option + ": "), said.err);
    }
}
