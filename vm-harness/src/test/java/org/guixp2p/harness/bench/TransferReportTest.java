// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Loss;
import org.guixp2p.harness.units.Span;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.junit.jupiter.api.Test;

class TransferReportTest {
    private static final long NAR = 10 << 20;

    private static TransferPlan plan(int runs, long rate, Optional<Loss> loss) {
        return new TransferPlan(new ByteCount(NAR), new ByteCount(1), Data.RANDOM, 8, 1, new BitRate(rate),
                new Span(Duration.ofMillis(50)), loss, runs, 1, List.of("curl", "aria2c"), Path.of("/"));
    }

    private static TreeItem item() throws Exception {
        NarHash hash = new NarHash(Sha256.hash(new byte[1]));
        return new TreeItem(new StorePath("1".repeat(32) + "-tree"),
                new TreeSerializer.Identity(hash, new NarSize(NAR)), Path.of("/"),
                new TreeMaker.Made(NAR, 1, 1, 0, List.of()), "random bytes, seed 1");
    }

    private static Transfer.Outcome outcome(double seconds, String... failures) {
        return new Transfer.Outcome(List.of(seconds / 2, seconds), OptionalDouble.of(seconds / 10),
                OptionalLong.of((long) (seconds * 1000)), 262_144, 3, 100.5, List.of(99.0, 100.0), 1.25,
                List.of(failures));
    }

    private static JsonNode json(TransferResults results) throws Exception {
        return JsonMapper.builder().build().readTree(results.report().json());
    }

    @Test
    void theObjectHasItsFieldsInOrder() throws Exception {
        TransferResults results = new TransferResults(plan(3, 5_000_000, Optional.empty()));
        results.item(item(), 1234);
        results.run(outcome(2));
        results.run(outcome(1));
        results.run(outcome(4));
        results.rival("curl", 1);
        results.rival("curl", 0.5);
        results.rival("curl", 8);
        results.missing("aria2c", "aria2c is not installed");
        JsonNode json = json(results);
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        assertEquals(List.of("ok", "failures", "data", "origin", "nar_bytes", "warm_up_bytes", "seeders", "fetchers",
                "rate",
                "delay_ms", "loss", "runs", "seconds", "mib_per_second", "link_share", "wire_bytes",
                "wire_bytes_from", "zstd3_bytes", "duplicated_bytes", "requeued_blocks", "first_byte_ms",
                "peak_rss_mib", "rss_mib", "relay_stalled_ms", "fetcher_seconds", "alone_seconds", "run_seconds",
                "against", "missing", "left_running"), names);
        assertTrue(json.get("ok").asBoolean());
        assertEquals(2.0, json.get("seconds").asDouble());
        assertEquals(5.0, json.get("mib_per_second").asDouble());
        assertEquals(0.1311, json.get("link_share").asDouble());
        assertEquals(2000, json.get("wire_bytes").asLong());
        assertEquals(200.0, json.get("first_byte_ms").asDouble());
        assertEquals("[2.0,1.0,4.0]", json.get("run_seconds").toString());
        assertEquals("{\"curl\":{\"mib_per_second\":10.0,\"ratio\":0.5,\"seconds\":1.0,\"run_seconds\":[1.0,0.5,8.0]}}",
                json.get("against").toString());
        assertEquals("{\"aria2c\":\"aria2c is not installed\"}", json.get("missing").toString());
        assertFalse(results.report().json().contains("\n"));
    }

    @Test
    void whatIsNotKnownIsNull() throws Exception {
        TransferResults results = new TransferResults(plan(1, 0, Optional.empty()));
        results.item(item(), 1234);
        results.run(new Transfer.Outcome(List.of(1.0), OptionalDouble.empty(), OptionalLong.empty(), 0, 0, 1,
                List.of(), 0, List.of()));
        JsonNode json = json(results);
        for (String name : List.of("loss", "link_share", "wire_bytes", "first_byte_ms", "alone_seconds")) {
            assertTrue(json.get(name).isNull(), name);
        }
    }

    @Test
    void aLinkCarriesUntilItsSeederIsLost() {
        TransferPlan plan = plan(1, 1000, Optional.of(new Loss(3, 2)));
        assertEquals(8 * 1000, plan.capacity(1));
        assertEquals(5 * 4 * 1000 + 3 * 2 * 1000, plan.capacity(4));
        assertEquals(0, plan(1, 0, Optional.empty()).capacity(4));
    }

    @Test
    void oneRunThatFailsOrIsMissingIsNotOk() throws Exception {
        TransferResults failed = new TransferResults(plan(2, 0, Optional.empty()));
        failed.run(outcome(1));
        failed.run(outcome(1, "restored otherwise"));
        assertFalse(json(failed).get("ok").asBoolean());
        assertEquals("[\"restored otherwise\"]", json(failed).get("failures").toString());
        TransferResults missing = new TransferResults(plan(2, 0, Optional.empty()));
        missing.run(outcome(1));
        assertFalse(json(missing).get("ok").asBoolean());
        assertFalse(json(new TransferResults(plan(2, 0, Optional.empty()))).get("ok").asBoolean());
    }

    @Test
    void theSummarySaysTheSame() throws Exception {
        TransferResults results = new TransferResults(plan(1, 5_000_000, Optional.of(new Loss(3, 2.5))));
        results.item(item(), NAR / 2);
        results.run(outcome(2));
        results.rival("curl", 1);
        results.missing("aria2c", "aria2c is not installed");
        String text = String.join("\n", TransferSummary.of(results.report()));
        assertTrue(text.contains("8 seeders, 40 Mbit/s each, 50 ms more of a round trip, loss of 3@2.5"), text);
        assertTrue(text.contains("2.000 s: 5.0 MiB/s, 13.1 % of what the links allow; median of [2.0]"), text);
        assertTrue(text.contains("2000 bytes (relay): 0.0002 x the NAR, 0.0004 x its zstd -3"), text);
        assertTrue(text.contains("5242880 bytes: 50.0 % of the NAR"), text);
        assertTrue(text.contains("1.000 s: 10.0 MiB/s; guix-p2p is 0.50 x as fast"), text);
        assertTrue(text.contains("left out: aria2c is not installed"), text);
        assertTrue(text.endsWith("All runs brought the original, from seeders alone."), text);
        results.fail("it is not so");
        assertTrue(String.join("\n", TransferSummary.of(results.report()))
                .endsWith("It does NOT hold:\n  - it is not so"));
    }
}
