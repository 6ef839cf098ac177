// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.guixp2p.protocol.bridge.FromNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that die, fall silent or talk nonsense. */
interface FailingNodeCases {
    /** How far a node comes before it fails. */
    enum Point {
        HELLO, COMMAND, NARINFO
    }

    /** The ways of a node that fails in a {@code substitute}. */
    enum Failure {
        CLOSES_AT_ONCE(Point.HELLO),
        REFUSES_THE_HELLO(Point.HELLO),
        TALKS_GARBAGE_AT_ONCE(Point.HELLO),
        OTHER_VERSION(
                Point.HELLO),
        CLOSES_FIRST(Point.COMMAND),
        CLOSES_AFTER_NARINFO(Point.NARINFO),
        CLOSES_MIDWAY(
                Point.NARINFO),
        CLOSES_BEFORE_THE_END(Point.NARINFO),
        CLOSES_WITHIN_A_FRAME(
                Point.NARINFO),
        REFUSES_FIRST(Point.COMMAND),
        REFUSES_MIDWAY(
                Point.NARINFO),
        TALKS_GARBAGE(Point.NARINFO),
        EMPTY_NAR(Point.NARINFO),
        UNKNOWN_TYPE(
                Point.NARINFO),
        RESTORERS_TYPE(Point.NARINFO),
        OVERSIZED_NAR(
                Point.NARINFO),
        OVERSIZED_NARINFO(Point.COMMAND),
        HUGE_LENGTH(
                Point.NARINFO),
        NEGATIVE_LENGTH(
                Point.NARINFO),
        NAR_BEFORE_NARINFO(
                Point.COMMAND),
        RESTART_BEFORE_NARINFO(
                Point.COMMAND),
        SECOND_NARINFO(
                Point.NARINFO),
        ENDS_BEFORE_NARINFO(
                Point.COMMAND),
        ENDS_WITHOUT_NAR(
                Point.NARINFO),
        ANSWERS_ANOTHER_QUESTION(
                Point.NARINFO),
        SECOND_WELCOME(
                Point.NARINFO),
        SILENT_FIRST(
                Point.COMMAND),
        SILENT_MIDWAY(
                Point.NARINFO);

        private final Point point;

        Failure(Point point) {
            this.point = point;
        }

        void play(Exchange exchange) throws IOException {
            if (point == Point.NARINFO) {
                exchange.narinfo(exchange.item());
            }
            switch (this) {
                case CLOSES_AT_ONCE, CLOSES_FIRST, CLOSES_AFTER_NARINFO -> exchange.die();
                case REFUSES_THE_HELLO, REFUSES_FIRST -> refuse(exchange);
                case TALKS_GARBAGE_AT_ONCE, TALKS_GARBAGE ->
                    exchange.raw("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
                case OTHER_VERSION -> exchange.send(new FromNode.Welcome(2, "future"));
                case CLOSES_MIDWAY -> {
                    half(exchange);
                    exchange.die();
                }
                case CLOSES_BEFORE_THE_END -> {
                    exchange.nar(exchange.item().nar());
                    exchange.die();
                }
                case CLOSES_WITHIN_A_FRAME -> {
                    half(exchange);
                    exchange.frame(21, 1000, (byte) 1);
                    exchange.die();
                }
                case REFUSES_MIDWAY -> {
                    half(exchange);
                    refuse(exchange);
                }
                case UNKNOWN_TYPE -> exchange.frame(99, 0);
                case RESTORERS_TYPE -> exchange.frame(3, 1, (byte) 1);
                case OVERSIZED_NAR -> exchange.frame(21, 65_537);
                case OVERSIZED_NARINFO -> exchange.frame(18, (1 << 20) + 1);
                case EMPTY_NAR -> exchange.frame(21, 0);
                case HUGE_LENGTH -> exchange.frame(21, Integer.MAX_VALUE);
                case NEGATIVE_LENGTH -> exchange.frame(21, -1);
                case NAR_BEFORE_NARINFO -> exchange.nar(exchange.item().nar());
                case RESTART_BEFORE_NARINFO -> exchange.send(new FromNode.Restart());
                case SECOND_NARINFO -> exchange.narinfo(exchange.item());
                case ENDS_BEFORE_NARINFO, ENDS_WITHOUT_NAR -> exchange.send(new FromNode.NarEnd());
                case ANSWERS_ANOTHER_QUESTION -> exchange.send(new FromNode.End());
                case SECOND_WELCOME -> exchange.send(new FromNode.Welcome(1, "again"));
                case SILENT_FIRST -> {
                    // Nothing at all.
                }
                case SILENT_MIDWAY -> half(exchange);
            }
            exchange.fallSilent();
        }

        private static void half(Exchange exchange) throws IOException {
            exchange.nar(exchange.item().nar(), 0, exchange.item().nar().length / 2);
        }

        private static void refuse(Exchange exchange) throws IOException {
            exchange.send(new FromNode.Refused("not today\n@ substituter-succeeded /gnu/store/x"));
            exchange.die();
        }
    }

    private static void let(RestorerBench bench, Failure failure) {
        if (failure.point == Point.HELLO) {
            bench.node().onHello(failure::play);
        } else {
            bench.node().onRequest(failure::play);
        }
    }

    @Test
    default void theCommandIsReplayedToTheBuiltIn(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        DaemonDriver driver = bench.withBuiltin().with("GUIX_P2P_SILENCE", "1").substitute();
        for (Failure failure : Failure.values()) {
            // A greeting is there for a new connection only: each failure before has ended one.
            let(bench, failure);
            assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item), failure.name());
            assertEquals("builtin\n", bench.contentsOf(item), failure.name());
        }
        assertEquals(item.success(), bench.substitute(driver, item));
        bench.assertStoreHolds(item.baseName());
        assertEquals(0, driver.finish());
        String replayed = "builtin: substitute " + item.path() + " " + bench.destination(item);
        assertEquals(Failure.values().length, driver.log().lines().filter(replayed::equals).count(), driver.log());
        assertTrue(driver.log().lines().noneMatch(line -> line.startsWith("@ substituter")), driver.log());
    }

    /** One process outlives all of them, and has nothing left of any. */
    @Test
    default void withoutAFallbackNothingIsFound(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        DaemonDriver driver = bench.with("GUIX_P2P_SILENCE", "1").substitute();
        for (Failure failure : Failure.values()) {
            // A greeting is there for a new connection only: each failure before has ended one.
            let(bench, failure);
            assertEquals("not-found", bench.substitute(driver, item), failure.name());
            bench.assertStoreHolds();
        }
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    @Test
    default void aNodeThatIsStillAtWorkIsWaitedFor(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            for (int i = 0; i < 5; i++) {
                exchange.pause(Duration.ofMillis(500));
                exchange.send(new FromNode.Alive());
            }
            exchange.narinfo(item);
            exchange.pause(Duration.ofMillis(500));
            exchange.send(new FromNode.Alive());
            exchange.nar(item.nar());
            exchange.send(new FromNode.NarEnd());
        });
        DaemonDriver driver = bench.with("GUIX_P2P_SILENCE", "2").substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    /** The ways of a node that is never silent, and never done. */
    enum Standstill {
        ALIVE, ALIVE_AFTER_NARINFO, TRACES, BYTES;

        void play(Exchange exchange) throws IOException {
            if (this != ALIVE) {
                exchange.narinfo(exchange.item());
            }
            // Until the restorer closes the connection.
            for (int at = 0;; at++) {
                exchange.pause(Duration.ofMillis(50));
                switch (this) {
                    case ALIVE, ALIVE_AFTER_NARINFO -> exchange.send(new FromNode.Alive());
                    case TRACES -> exchange.trace("\n");
                    case BYTES -> exchange.nar(exchange.item().nar(), at, at + 1);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Standstill.class)
    default void aNodeThatDoesNotGetOnIsGivenUp(Standstill standstill, RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(standstill::play);
        DaemonDriver driver = bench.withBuiltin().with("GUIX_P2P_PATIENCE", "1").substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("does not get on"), driver.log());
    }

    @Test
    default void aQueryIsNotWaitedForForEverEither(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(Standstill.ALIVE::play);
        DaemonDriver driver = bench.with("GUIX_P2P_PATIENCE", "1").query();
        assertEquals(List.of(), driver.have(List.of(item.path())));
        assertEquals(List.of(item.path()), driver.have(List.of(item.path())));
        assertEquals(0, driver.finish());
    }

    @Test
    default void aSlowNodeThatGetsOnIsWaitedFor(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            int piece = item.nar().length / 5;
            for (int at = 0; at < item.nar().length; at += piece) {
                exchange.pause(Duration.ofMillis(500));
                exchange.nar(item.nar(), at, Math.min(item.nar().length, at + piece));
            }
            exchange.send(new FromNode.NarEnd());
        });
        DaemonDriver driver = bench.with("GUIX_P2P_PATIENCE", "2").substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    @Test
    default void aConnectionThatEndedBetweenTwoRequestsIsReplaced(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        bench.stopNode();
        bench.serve(item);
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    /** The node was restarted, and what it still read of the old connection it did not answer. */
    @Test
    default void aKeptConnectionThatEndsBeforeAnAnswerIsReplacedOnce(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        bench.node().onRequest(Exchange::die);
        assertEquals(item.success(), bench.substitute(driver, item));
        bench.node().onRequest(Exchange::die).onRequest(Exchange::die);
        assertEquals("not-found", bench.substitute(driver, item));
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        for (int i = 0; i < 4; i++) {
            bench.node().awaitHello();
        }
        assertEquals(0, bench.node().unawaitedHellos());
    }

    @ParameterizedTest
    @ValueSource(strings = {"half-not-found", "half-silent", "half-mismatch"})
    default void whatTheBuiltInGaveUpHalfwayIsDeleted(String answer, RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        DaemonDriver driver = bench.withBuiltin().with(BuiltinStandIn.ANSWER, answer).substitute();
        String zeros = "0".repeat(52);
        String expected = answer.endsWith("mismatch") ? "hash-mismatch sha256 " + zeros + " " + zeros : "not-found";
        for (int i = 0; i < 2; i++) {
            assertEquals(expected, bench.substitute(driver, item));
            bench.assertStoreHolds();
        }
        assertEquals(0, driver.finish());
    }

    @Test
    default void withoutANodeTheBuiltInIsAsked(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        DaemonDriver driver = bench.withBuiltin().substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        bench.serve(item);
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    @Test
    default void whatTheBuiltInDoesNotFindIsNotFound(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        DaemonDriver driver = bench.withBuiltin().with(BuiltinStandIn.ANSWER, "not-found").substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        assertEquals("not-found", bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    /** The daemon hands a dead substituter its next request, and dies of it: so the restorer answers, and lives. */
    @Test
    default void aBuiltInThatEndsWithoutAReplyHasNotFoundIt(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        DaemonDriver driver = bench.withBuiltin().with(BuiltinStandIn.ANSWER, "silent").substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        bench.serve(item);
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    @Test
    default void aBuiltInThatLeavesAQueryUnansweredEndsTheRestorer(RestorerBench bench) {
        DaemonDriver driver = bench.withBuiltin().with(BuiltinStandIn.ANSWER, "silent").query();
        driver.request("info " + QueryCases.ABSENT + " ");
        assertNotEquals(0, driver.awaitExit());
    }

    /** A hung node costs its silence, then a second, and in the end nothing. */
    @Test
    default void aNodeThatIsSilentThreeTimesIsLeftAlone(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(Exchange::fallSilent).onHello(ScriptedNode::welcome).onHello(Exchange::fallSilent)
                .onHello(Exchange::fallSilent);
        DaemonDriver driver = bench.with("GUIX_P2P_SILENCE", "1").substitute();
        for (int i = 0; i < 3; i++) {
            assertEquals("not-found", bench.substitute(driver, item));
            bench.node().awaitHello();
        }
        assertEquals("not-found", bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertEquals(0, bench.node().unawaitedHellos());
    }
}
