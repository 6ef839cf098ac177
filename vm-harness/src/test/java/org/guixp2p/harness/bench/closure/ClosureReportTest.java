// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.harness.daemon.GuixCommand;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Span;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.junit.jupiter.api.Test;

class ClosureReportTest {
    private static final long NAR = 10_000_000;

    private static ClosureResults results(boolean http, long rate, int runs) {
        return results(http ? Optional.of(new Against.Plain()) : Optional.empty(), rate, runs);
    }

    private static ClosureResults results(Optional<Against> against, long rate, int runs) {
        ClosurePlan plan = new ClosurePlan(2, Sizes.SMALL, new ByteCount(0), 2, new BitRate(rate),
                new Span(Duration.ofMillis(50)), 0, false, against, runs, 1, Path.of("/"));
        ClosureResults results = new ClosureResults(plan);
        results.closure(new Closure(List.of(offer("1", NAR), offer("2", 2 * NAR)), 2));
        return results;
    }

    private static SubstituteSite.Offer offer(String digit, long size) {
        NarHash hash = new NarHash(Sha256.hash(new byte[1]));
        TreeItem item = new TreeItem(new StorePath(digit.repeat(StorePath.HASH_LENGTH) + "-item"),
                new TreeSerializer.Identity(hash, new NarSize(size)), Path.of("/"),
                new TreeMaker.Made(size, 1, 1, 0, List.of()), "random bytes");
        return new SubstituteSite.Offer(item, List.of());
    }

    private static Asked asked(double batch, double walk, double items) {
        return new Asked(batch, walk, items, List.of());
    }

    private static JsonNode json(ClosureResults results) throws Exception {
        return JsonMapper.builder().build().readTree(results.report(0).json());
    }

    @Test
    void theMedianRunOfTheWalkIsShownFirst() throws Exception {
        ClosureResults results = results(true, 0, 3);
        for (double seconds : List.of(3.0, 1.0, 2.0)) {
            results.node(Shape.BATCH, asked(0.5, 0.1, seconds));
            results.http(Shape.BATCH, asked(1, 1, 2 * seconds));
            results.node(Shape.WALK, asked(0, 0.5, seconds));
            results.http(Shape.WALK, asked(0, 3, 5 * seconds));
        }
        JsonNode json = json(results);
        assertTrue(json.get("ok").asBoolean(), json::toString);
        assertEquals(List.of(2, 2, 50), List.of(json.get("items").asInt(), json.get("depth").asInt(),
                json.get("delay_ms").asInt()));
        assertEquals(List.of(3 * NAR, NAR), List.of(json.get("bytes").asLong(), json.get("median_bytes").asLong()));
        assertEquals(List.of(2.5, 13.0, 5.2, 0.5, 10.0), List.of(json.get("node_seconds").asDouble(),
                json.get("http_seconds").asDouble(), json.get("speedup").asDouble(),
                json.get("walk_seconds").asDouble(), json.get("walk_round_trips").asDouble()));
        JsonNode batch = json.get("shapes").get("batch");
        assertEquals(List.of(2.6, 6.0), List.of(batch.get("node_seconds").asDouble(),
                batch.get("http_seconds").asDouble()));
        assertEquals("{\"batch_seconds\":0.5,\"walk_seconds\":0.1,\"substitute_seconds\":2.0}",
                batch.get("node").toString());
        assertEquals("[3.5,1.5,2.5]", json.get("shapes").get("walk").get("node_runs").toString());
        assertTrue(json.get("link_share").isNull());
    }

    @Test
    void theLinksShareCountsFromTheFirstQuestion() throws Exception {
        ClosureResults results = results(false, 5_000_000, 1);
        results.node(Shape.BATCH, asked(1, 1, 10));
        results.node(Shape.WALK, asked(0, 2, 6));
        JsonNode json = json(results);
        assertTrue(json.get("ok").asBoolean(), json::toString);
        assertEquals(List.of(0.75, 1.0),
                List.of(json.get("link_share").asDouble(), json.get("items_link_share").asDouble()));
        JsonNode batch = json.get("shapes").get("batch");
        assertEquals(List.of(0.5, 0.6),
                List.of(batch.get("link_share").asDouble(), batch.get("items_link_share").asDouble()));
        assertTrue(json.get("http_seconds").isNull() && json.get("speedup").isNull(), json::toString);
    }

    @Test
    void roundTripsAreToldOnceTheyWereCounted() throws Exception {
        ClosureResults results = results(false, 0, 1);
        assertTrue(json(results).get("counted_round_trips").isNull());
        assertFalse(String.join("\n", ClosureSummary.of(results.report(0))).contains("one after the other"));
        results.countedRoundTrips(10.3126);
        assertEquals(10.313, json(results).get("counted_round_trips").asDouble());
        String text = String.join("\n", ClosureSummary.of(results.report(0)));
        assertTrue(text.contains("a walk needs 10.3 round trips, one after the other"), text);
    }

    @Test
    void whatIsMissingOrFailsIsNotOk() throws Exception {
        ClosureResults results = results(true, 0, 1);
        results.node(Shape.BATCH, asked(1, 1, 1));
        results.node(Shape.WALK, asked(0, 1, 1));
        results.http(Shape.BATCH, asked(1, 1, 1));
        assertFalse(json(results).get("ok").asBoolean());
        results.http(Shape.WALK, asked(0, 1, 1));
        assertTrue(json(results).get("ok").asBoolean());
        results.fail("an item was another one");
        JsonNode json = json(results);
        assertFalse(json.get("ok").asBoolean());
        assertEquals("[\"an item was another one\"]", json.get("failures").toString());
        assertTrue(ClosureSummary.of(results.report(0)).contains("  - an item was another one"));
    }

    @Test
    void itSaysWhatTheNodeWasMeasuredAgainst() throws Exception {
        JsonNode plain = json(results(true, 0, 1));
        assertEquals("plain", plain.get("against").asText());
        assertTrue(plain.get("guix_version").isNull(), plain::toString);
        JsonNode alone = json(results(false, 0, 1));
        assertTrue(alone.get("against").isNull(), alone::toString);

        Against guix = new Against.Guix(new GuixCommand(List.of("guix"), Map.of(), "1.4.0"));
        ClosureResults results = results(Optional.of(guix), 0, 1);
        results.node(Shape.WALK, asked(0, 1, 1));
        results.http(Shape.WALK, asked(0, 2, 4));
        assertEquals(List.of("guix", "1.4.0"),
                List.of(json(results).get("against").asText(), json(results).get("guix_version").asText()));
        String text = String.join("\n", ClosureSummary.of(results.report(0)));
        assertTrue(text.contains("  Guix 1.4.0 6.00 s"), text);
    }

    @Test
    void peopleReadBothShapes() {
        ClosureResults results = results(true, 25_000_000, 1);
        results.node(Shape.BATCH, asked(0.1, 0, 2));
        results.http(Shape.BATCH, asked(0.1, 0, 20));
        results.node(Shape.WALK, asked(0, 0.6, 2));
        results.http(Shape.WALK, asked(0, 15, 15));
        String text = String.join("\n", ClosureSummary.of(results.report(0)));
        assertTrue(text.contains("2 items, 2 levels"), text);
        assertTrue(text.contains("200 Mbit/s together; 50 ms more"), text);
        assertTrue(text.contains("its walk took 12.0 round trips"), text);
        assertTrue(text.contains("guix-p2p is 11.54 x as fast"), text);
        assertTrue(text.contains("57.1 % of what the links allow, 60.0 % while items come"), text);
        assertTrue(text.endsWith("All runs brought the originals."), text);
    }
}
