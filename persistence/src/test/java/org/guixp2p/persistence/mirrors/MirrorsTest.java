// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.guixp2p.persistence.mirrors.Mirrors.Use;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorsTest {
    private static final ServerUrl A = server("a.example");
    private static final ServerUrl B = server("b.example");
    private static final ServerUrl C = server("c.example");
    private static final long MIB = 1 << 20;
    /** Seconds that it takes where nothing is slow. */
    private static final double USUAL = 2;

    @TempDir
    private Path state;

    private Instant now = Instant.parse("2026-11-28T00:00:00Z");
    private RandomGenerator random = new SplittableRandom(1);

    private static ServerUrl server(String host) {
        return new ServerUrl(URI.create("https://" + host));
    }

    private Mirrors open() {
        return Mirrors.open(state, () -> now, random, List.of(A, B));
    }

    private Path file() {
        return state.resolve("mirrors");
    }

    /** A server gives 1 MiB, its first byte after {@code firstByte}, the rest in {@code rest} milliseconds. */
    private static void gives(Mirrors mirrors, ServerUrl server, long firstByte, long rest) {
        mirrors.began(server, MIB, Duration.ofMillis(firstByte));
        mirrors.came(server, MIB, MIB, Duration.ofMillis(rest), true);
        mirrors.gave(server);
    }

    private List<ServerUrl> order(Mirrors mirrors, ServerUrl... servers) {
        return mirrors.order(List.of(servers), server -> mirrors.seconds(server, MIB), server -> USUAL, false);
    }

    private void fail(Mirrors mirrors, ServerUrl server, Fault fault) {
        mirrors.failed(server, Use.NARS, fault, now);
    }

    @Test
    void theBestIsFirstWhateverTheUsersOrder() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 4000);
        gives(mirrors, B, 100, 1000);
        gives(mirrors, C, 1000, 1000);
        assertEquals(List.of(B, C, A), order(mirrors, A, B, C));
        assertEquals(1.1, mirrors.seconds(B, MIB).orElseThrow(), 1e-3);
        assertEquals(2.1, mirrors.seconds(B, 2 * MIB).orElseThrow(), 1e-3);
    }

    @Test
    void thoseThatAreAlikeStayInTheUsersOrder() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1100);
        gives(mirrors, B, 100, 1000);
        assertEquals(List.of(A, B), order(mirrors, A, B));
        assertEquals(List.of(A, B), order(open(), A, B));
    }

    /** By less than a tenth of a second, which may be chance, the user's order counts. */
    @Test
    void ofThoseThatGaveNoNarYetWhoIsQuickWithNarinfosIsFirst() {
        Mirrors mirrors = open();
        mirrors.looked(A, Duration.ofMillis(105), true);
        mirrors.looked(B, Duration.ofMillis(95), true);
        assertEquals(List.of(A, B), order(mirrors, A, B));
        assertEquals(List.of(A, B, C), order(mirrors, C, A, B), "none came of the first");
        for (int i = 0; i < 20; i++) {
            mirrors.looked(A, Duration.ofMillis(900), true);
        }
        assertEquals(List.of(B, A), order(mirrors, A, B));
        gives(mirrors, B, 20, 100);
        assertEquals(List.of(A, B), order(mirrors, A, B), "one was measured: the user's order counts");
    }

    @Test
    void thoseThatWereNeverMeasuredAreBetween() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 9000);
        gives(mirrors, B, 100, 1000);
        assertEquals(List.of(B, C, A), order(mirrors, A, B, C));
        assertEquals(List.of(C, A), order(mirrors, C, A), "with one that was measured the user's order counts");
        assertEquals(List.of(A, C), order(mirrors, A, C));
    }

    @Test
    void whatWasMeasuredLongAgoCountsNoMore() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 9000);
        now = now.plus(ServerRecord.STALE);
        gives(mirrors, B, 100, 1000);
        assertEquals(OptionalDouble.empty(), mirrors.seconds(A, MIB));
        assertEquals(OptionalLong.empty(), mirrors.bytesPerSecond(A, MIB));
        assertEquals(OptionalLong.empty(), mirrors.firstByteMicros(A, MIB));
        assertEquals(List.of(A, B), order(mirrors, A, B));
    }

    /** The line may be another one since, and small files say nothing of large ones. */
    @Test
    void whatASizeShowedWithinTheHourIsKnownLately() {
        Mirrors mirrors = open();
        mirrors.looked(A, Duration.ofMillis(1), true);
        assertFalse(mirrors.isMeasuredLately(A, MIB));
        gives(mirrors, A, 100, 1000);
        assertTrue(mirrors.isMeasuredLately(A, 2 * MIB));
        assertFalse(mirrors.isMeasuredLately(A, 100 * MIB));
        assertFalse(mirrors.isMeasuredLately(B, MIB));
        now = now.plus(Duration.ofMinutes(50));
        mirrors.looked(A, Duration.ofMillis(1), true);
        assertTrue(mirrors.isMeasuredLately(A, MIB));
        now = now.plus(Duration.ofMinutes(10));
        assertFalse(mirrors.isMeasuredLately(A, MIB));
    }

    /** What small files show says nothing of large ones, unless nothing better is known. */
    @Test
    void eachSizeIsMeasuredByItself() {
        Mirrors mirrors = open();
        mirrors.began(A, 1000, Duration.ofMillis(10));
        mirrors.came(A, 1000, 1000, Duration.ofMillis(1), true);
        assertEquals(1_000_000, mirrors.bytesPerSecond(A, 100 * MIB).orElseThrow());
        mirrors.began(A, 100 * MIB, Duration.ofMillis(500));
        mirrors.came(A, 100 * MIB, 100 * MIB, Duration.ofSeconds(10), true);
        assertEquals(10 * MIB, mirrors.bytesPerSecond(A, 100 * MIB).orElseThrow());
        assertEquals(500_000, mirrors.firstByteMicros(A, 100 * MIB).orElseThrow());
        assertEquals(1_000_000, mirrors.bytesPerSecond(A, 1000).orElseThrow());
        assertEquals(1_000_000, mirrors.bytesPerSecond(A, MIB).orElseThrow(),
                "the smaller one of two that are as near");
    }

    @Test
    void theLastOnesCountMost() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        gives(mirrors, A, 500, 1000);
        assertEquals(200_000, mirrors.firstByteMicros(A, MIB).orElseThrow());
        for (int i = 0; i < 20; i++) {
            gives(mirrors, A, 500, 1000);
        }
        assertEquals(500_000, mirrors.firstByteMicros(A, MIB).orElseThrow(), 2000);
    }

    @Test
    void anotherOneIsFirstNowAndThenButNoneThatFailed() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        gives(mirrors, B, 100, 1900);
        fail(mirrors, C, Fault.CONNECT);
        int explored = 0;
        for (int i = 0; i < 2000; i++) {
            List<ServerUrl> order = mirrors.order(List.of(A, B, C), server -> mirrors.seconds(server, MIB),
                    server -> USUAL, true);
            assertEquals(C, order.getLast());
            assertEquals(Set.of(A, B, C), new HashSet<>(order));
            explored += order.getFirst().equals(B) ? 1 : 0;
        }
        assertEquals(2000 / NarOrder.EXPLORE, explored, 40);
        assertEquals(List.of(C),
                mirrors.order(List.of(C), server -> mirrors.seconds(server, MIB), server -> USUAL, true),
                "nobody else is there");
    }

    /** Else the one that was asked first would stay the first for ever, however slow. */
    @Test
    void besideOneThatIsSlowerThanUsualTheUsersOwnAreTriedOnceEach() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 9000);
        assertEquals(List.of(B, A, C), order(mirrors, A, B, C), "C is not the user's own");
        assertEquals(List.of(A, B, C), order(mirrors, A, B, C), "B had its turn: it may have no such NAR");
        now = now.plus(Duration.ofHours(2));
        assertEquals(List.of(B, A, C), order(mirrors, A, B, C));
        gives(mirrors, B, 100, 20_000);
        assertEquals(List.of(A, C, B), order(mirrors, A, B, C));
    }

    @Test
    void besideOneThatIsAsUsualNobodyElseIsFirst() {
        Mirrors mirrors = open();
        gives(mirrors, B, 100, 1500);
        assertEquals(List.of(A, B, C), order(mirrors, A, B, C), "alike: the user's order");
        assertEquals(List.of(B, A, C), order(mirrors, B, A, C));
    }

    /** Somebody waits for the NAR. */
    @Test
    void noneIsExploredThatIsKnownToTakeMuchLonger() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        gives(mirrors, B, 100, 9000);
        Set<ServerUrl> first = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            first.add(mirrors.order(List.of(A, B, C), server -> mirrors.seconds(server, MIB), server -> USUAL, true)
                    .getFirst());
        }
        assertEquals(Set.of(A, C), first, "what was not measured is");
    }

    @ParameterizedTest
    @EnumSource(value = Fault.class, names = {"NONE"}, mode = EnumSource.Mode.EXCLUDE)
    void whoeverFailsIsLastForAMinuteThenForFourAndForAnHourAtMost(Fault fault) {
        random = always(0);
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        gives(mirrors, B, 100, 9000);
        List<Duration> pauses = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            fail(mirrors, A, fault);
            assertTrue(mirrors.isOut(A, Use.NARS));
            assertEquals(List.of(B, A), order(mirrors, A, B));
            Duration pause = Duration.between(now, mirrors.outUntil(A, Use.NARS));
            pauses.add(pause);
            now = now.plus(pause).minusMillis(1);
            assertTrue(mirrors.isOut(A, Use.NARS));
            now = now.plusMillis(1);
            assertFalse(mirrors.isOut(A, Use.NARS));
            assertEquals(List.of(A, B), order(mirrors, A, B));
            mirrors.looked(B, Duration.ofMillis(5), true);
            now = now.plusMillis(1);
        }
        assertEquals(List.of(1, 4, 16, 60, 60), pauses.stream().map(pause -> (int) pause.toMinutes()).toList());
    }

    private static RandomGenerator always(long bits) {
        return () -> bits;
    }

    @Test
    void chanceShortensAPauseByAFifthAtMost() {
        random = always(-1);
        Mirrors mirrors = open();
        fail(mirrors, A, Fault.CONNECT);
        assertEquals(48_000, Duration.between(now, mirrors.outUntil(A, Use.NARS)).toMillis(), 1);
    }

    @Test
    void ofManyThatFailTogetherOneCounts() {
        random = always(0);
        Mirrors mirrors = open();
        Instant begun = now;
        for (int i = 0; i < 100; i++) {
            now = now.plusMillis(10);
            mirrors.failed(A, Use.LOOKUPS, Fault.TIMEOUT, begun);
        }
        assertTrue(mirrors.isOut(A, Use.LOOKUPS));
        now = begun.plusMillis(10).plus(Trouble.FIRST);
        assertFalse(mirrors.isOut(A, Use.LOOKUPS));
    }

    /** What failed for want of a connection within a pause is of the same outage. */
    @ParameterizedTest
    @EnumSource(Use.class)
    void whatFailsOneAfterAnotherWithinAPauseCountsOnce(Use use) {
        random = always(0);
        Mirrors mirrors = open();
        Instant first = now;
        for (int i = 0; i < 4; i++) {
            mirrors.looked(B, Duration.ofMillis(5), true);
            mirrors.failed(A, use, Fault.CONNECT, now);
            now = now.plusMillis(200);
        }
        assertEquals(first.plus(Trouble.FIRST), mirrors.outUntil(A, use));
        assertEquals(1, mirrors.table().getFirst().failures());
    }

    /** The user's own network is out for an hour. */
    @ParameterizedTest
    @EnumSource(Use.class)
    void whileNobodyAnswersNobodyIsOutForLong(Use use) {
        random = always(0);
        Mirrors mirrors = open();
        mirrors.looked(B, Duration.ofMillis(5), true);
        for (int i = 0; i < 120; i++) {
            now = now.plusSeconds(30);
            mirrors.failed(A, use, Fault.CONNECT, now);
            mirrors.failed(B, use, Fault.TIMEOUT, now);
        }
        now = now.plusMillis(1);
        Instant back = now;
        mirrors.looked(B, Duration.ofMillis(5), true);
        assertFalse(mirrors.outUntil(A, use).isAfter(back.plus(Trouble.FIRST)));
        now = back.plus(Trouble.FIRST);
        mirrors.failed(A, use, Fault.CONNECT, now);
        assertEquals(Duration.ofMinutes(4), Duration.between(now, mirrors.outUntil(A, use)),
                "the others answer, so it is the server");
    }

    /** One question that takes too long says nothing of a server that answers others. */
    @Test
    void aLookupThatFailsWhileOthersAreAnsweredDoesNotCount() {
        Mirrors mirrors = open();
        Instant begun = now;
        now = now.plusMillis(5);
        mirrors.looked(A, Duration.ofMillis(5), true);
        now = now.plusSeconds(10);
        mirrors.failed(A, Use.LOOKUPS, Fault.TIMEOUT, begun);
        assertFalse(mirrors.isOut(A, Use.LOOKUPS));
        mirrors.failed(A, Use.LOOKUPS, Fault.TIMEOUT, now);
        assertTrue(mirrors.isOut(A, Use.LOOKUPS));
    }

    @Test
    void aSuccessEndsThePauseAndTheCount() {
        random = always(0);
        Mirrors mirrors = open();
        for (int i = 0; i < 3; i++) {
            now = now.plusSeconds(1);
            fail(mirrors, A, Fault.STATUS);
            now = mirrors.outUntil(A, Use.NARS);
        }
        gives(mirrors, A, 100, 1000);
        assertFalse(mirrors.isOut(A, Use.NARS));
        fail(mirrors, A, Fault.BROKEN);
        assertEquals(Trouble.FIRST, Duration.between(now, mirrors.outUntil(A, Use.NARS)));
    }

    /** A liar gives every file to its end. */
    @Test
    void whoeverGaveWrongBytesIsBelievedWhenItsBytesWereRight() {
        Mirrors mirrors = open();
        fail(mirrors, A, Fault.DAMAGED);
        gives(mirrors, A, 100, 1000);
        assertTrue(mirrors.isOut(A, Use.NARS));
        now = mirrors.outUntil(A, Use.NARS);
        fail(mirrors, A, Fault.CONNECT);
        gives(mirrors, A, 100, 1000);
        assertTrue(mirrors.isOut(A, Use.NARS), "no other fault takes the place of it");
        assertEquals(Fault.DAMAGED, mirrors.table().getFirst().fault());
        mirrors.proven(A);
        assertFalse(mirrors.isOut(A, Use.NARS));
    }

    /** A file that came whole may be none. */
    @Test
    void notTheBytesEndAPauseButWhatIsInThem() {
        Mirrors mirrors = open();
        fail(mirrors, A, Fault.BROKEN);
        mirrors.came(A, MIB, MIB, Duration.ofMillis(10), true);
        assertTrue(mirrors.isOut(A, Use.NARS));
        mirrors.gave(A);
        assertFalse(mirrors.isOut(A, Use.NARS));
    }

    /** A NAR may lie elsewhere, and others may not have it: narinfos are asked for all the same. */
    @Test
    void whoeverGivesNoNarsIsAskedForNarinfosButNotTheOtherWayRound() {
        Mirrors mirrors = open();
        fail(mirrors, A, Fault.CONNECT);
        assertFalse(mirrors.isOut(A, Use.LOOKUPS));
        mirrors.failed(B, Use.LOOKUPS, Fault.CONNECT, now);
        assertTrue(mirrors.isOut(B, Use.NARS));
        mirrors.looked(B, Duration.ofMillis(5), false);
        assertFalse(mirrors.isOut(B, Use.NARS));
    }

    /** What it says makes no sense; what is asked next need not wait for that to change. */
    @Test
    void whoeverCanBeReachedIsNotOutForLookups() {
        Mirrors mirrors = open();
        mirrors.failed(A, Use.LOOKUPS, Fault.CONNECT, now);
        mirrors.reached(A);
        assertFalse(mirrors.isOut(A, Use.LOOKUPS));
        assertTrue(mirrors.lookupFailed(A).isEmpty());
        assertEquals(0, mirrors.table().getFirst().asked());
    }

    // Late first bytes.

    @Test
    void whoeverIsLateOnceIsSlowerAndTwiceFails() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        mirrors.late(A, MIB, Duration.ofMillis(500), true, now);
        assertFalse(mirrors.isOut(A, Use.NARS));
        assertEquals(200_000, mirrors.firstByteMicros(A, MIB).orElseThrow());
        mirrors.late(A, MIB, Duration.ofMillis(500), true, now);
        assertEquals(Fault.TIMEOUT, mirrors.table().getFirst().fault());
        assertTrue(mirrors.isOut(A, Use.NARS));
    }

    @Test
    void whoeverAnswersBetweenIsNotLateTwice() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        mirrors.late(A, MIB, Duration.ofMillis(500), true, now);
        mirrors.began(A, MIB, Duration.ofMillis(100));
        mirrors.late(A, MIB, Duration.ofMillis(500), true, now);
        assertFalse(mirrors.isOut(A, Use.NARS));
    }

    @Test
    void whoeverIsLateWithoutAConnectionOrWasNeverHeardFromFails() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        mirrors.late(A, MIB, Duration.ofMillis(500), false, now);
        mirrors.late(B, MIB, Duration.ofMillis(500), true, now);
        assertTrue(mirrors.isOut(A, Use.NARS));
        assertTrue(mirrors.isOut(B, Use.NARS));
    }

    /** Neither does a NAR that begins make up for a lookup. */
    @Test
    void whoeverIsLateIsNotHeardFromAndItsLookupsFail() {
        Mirrors mirrors = open();
        Instant begun = now;
        now = now.plusSeconds(1);
        mirrors.late(A, MIB, Duration.ofSeconds(1), true, begun);
        assertEquals(Instant.EPOCH, mirrors.table().getFirst().heard());
        mirrors.began(A, MIB, Duration.ofMillis(100));
        mirrors.failed(A, Use.LOOKUPS, Fault.TIMEOUT, begun);
        assertTrue(mirrors.isOut(A, Use.LOOKUPS));
    }

    // Rates.

    /** One file that lay at hand does not make up for a slow one. */
    @Test
    void theTimeOfAByteIsAveraged() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        gives(mirrors, A, 100, 0);
        assertEquals(4 * MIB / 3.0, mirrors.bytesPerSecond(A, MIB).orElseThrow(), 10);
    }

    @Test
    void aFewBytesOfAFileShowNothing() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        mirrors.came(A, MIB, (256 << 10) - 1, Duration.ZERO, false);
        assertEquals(MIB, mirrors.bytesPerSecond(A, MIB).orElseThrow());
        mirrors.came(A, MIB, 256 << 10, Duration.ofMillis(500), false);
        assertEquals(4 * MIB / 5.0, mirrors.bytesPerSecond(A, MIB).orElseThrow(), 10);
    }

    @Test
    void aClockThatWasSetBackKeepsNobodyOut() {
        Mirrors mirrors = open();
        fail(mirrors, A, Fault.CONNECT);
        now = now.minus(Duration.ofDays(1));
        assertFalse(mirrors.isOut(A, Use.NARS));
        fail(mirrors, A, Fault.CONNECT);
        assertTrue(mirrors.isOut(A, Use.NARS));
    }

    @Test
    void allIsKnownAfterARestart() throws IOException {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        mirrors.looked(A, Duration.ofMillis(30), true);
        mirrors.looked(A, Duration.ofMillis(30), false);
        fail(mirrors, C, Fault.DAMAGED);
        mirrors.failed(B, Use.LOOKUPS, Fault.TIMEOUT, now);
        mirrors.save();
        assertEquals(mirrors.table(), open().table());
        assertTrue(open().isOut(C, Use.NARS));
        assertTrue(open().isOut(B, Use.LOOKUPS));
        assertEquals(1.1, open().seconds(A, MIB).orElseThrow(), 1e-3);
    }

    @Test
    void nothingIsWrittenWithoutNeed() throws IOException {
        Mirrors mirrors = open();
        mirrors.save();
        assertFalse(Files.exists(file()));
        mirrors.looked(A, Duration.ofMillis(30), true);
        mirrors.save();
        Files.delete(file());
        mirrors.save();
        assertFalse(Files.exists(file()));
    }

    private static final String GOOD = "https://a.example 1 2 3 4 5 6 7 8 10 9 1 CONNECT 1 2 0 NONE 0 0";

    private void write(String line) throws IOException {
        Files.writeString(file(), "guix-p2p mirrors 1\n" + line + "\nend\n", StandardCharsets.US_ASCII);
    }

    @Test
    void aFileThatMakesSenseIsRead() throws IOException {
        write(GOOD);
        assertEquals(1, open().table().getFirst().narinfoMicros());
        assertEquals(List.of(10L, 9L), List.of(open().table().getFirst().asked(), open().table().getFirst().had()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://a.example", "ftp://a 1 2 3 4 5 6 7 8 10 9 1 CONNECT 1 2 0 NONE 0 0",
        "https://a.example -1 2 3 4 5 6 7 8 10 9 1 CONNECT 1 2 0 NONE 0 0",
        "https://a.example 1 2 3 4 5 6 7 8 10 11 1 CONNECT 1 2 0 NONE 0 0",
        "https://a.example 1 2 3 4 5 6 7 8 1001 9 1 CONNECT 1 2 0 NONE 0 0",
        "https://a.example 1 2 3 4 5 6 7 8 10 9 1 WRATH 1 2 0 NONE 0 0",
        "https://a.example 1 2 3 4 5 6 7 8 10 9 9999999 CONNECT 1 2 0 NONE 0 0",
        "https://a.example 1 2 3 4 5 6 7 8 10 9 1 CONNECT 1 253402300800000 0 NONE 0 0",
        "https://a.example x 2 3 4 5 6 7 8 10 9 1 CONNECT 1 2 0 NONE 0 0", GOOD + " 1"})
    void oneThatMakesNoneIsSetAside(String line) throws IOException {
        write(line);
        assertEquals(0, open().table().getFirst().narinfoMicros());
        assertTrue(Files.exists(state.resolve("mirrors.damaged")));
        assertFalse(Files.exists(file()));
    }

    @Test
    void oneWithTooManyServersIsSetAside() throws IOException {
        StringBuilder lines = new StringBuilder(GOOD);
        for (int i = 0; i < Mirrors.MOST; i++) {
            lines.append('\n').append(GOOD.replace("//a.", "//x" + i + "."));
        }
        write(lines.toString());
        assertEquals(2, open().table().size());
        assertTrue(Files.exists(state.resolve("mirrors.damaged")));
    }

    /** A client may name any number of servers. */
    @Test
    void thereAreSoManyServersAndTheUsersOwnAreNotForgotten() throws IOException {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        for (int i = 0; i < 3 * Mirrors.MOST; i++) {
            now = now.plusSeconds(1);
            mirrors.looked(server("x" + i + ".example"), Duration.ofMillis(1), true);
        }
        assertTrue(mirrors.seconds(A, MIB).isPresent());
        assertEquals(Mirrors.MOST + 1, mirrors.table().size(), "B was never asked");
        assertTrue(mirrors.table().stream().anyMatch(each -> each.server().equals(server("x191.example"))));
        mirrors.save();
        assertEquals(mirrors.table(), open().table());
    }

    @Test
    void theShareOfLookupsThatWereAnsweredFollowsTheLast() {
        Mirrors mirrors = open();
        for (int i = 0; i < 1500; i++) {
            mirrors.looked(A, Duration.ofMillis(1), i < 500);
        }
        Standing standing = mirrors.table().getFirst();
        assertEquals(1000, standing.asked());
        assertEquals(250, standing.had());
    }

    @Test
    void theTableSaysWhyEachIsWhereItIs() {
        random = always(0);
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        gives(mirrors, B, 100, 1100);
        gives(mirrors, C, 100, 3200);
        ServerUrl dead = server("dead.example");
        for (int i = 0; i < 3; i++) {
            now = mirrors.isOut(dead, Use.NARS) ? mirrors.outUntil(dead, Use.NARS) : now;
            fail(mirrors, dead, Fault.STATUS);
        }
        mirrors.looked(server("new.example"), Duration.ofMillis(1), true);
        assertEquals("1.5 times as slow as the best, explored now and then", explored().why());
        List<Standing> table = mirrors.table();
        assertEquals(List.of(A, B, C, dead, server("new.example")), table.stream().map(Standing::server).toList());
        assertEquals(List.of("best", "as good as the best", "3.0 times as slow as the best",
                "waits until 2026-11-28T00:21:00Z after 3 failures: answers with errors", "no NAR measured yet"),
                table.stream().map(Standing::why).toList());
        now = now.plus(ServerRecord.STALE);
        assertEquals("not heard from since 2026-11-28T00:00:00Z", mirrors.table().getFirst().why());
    }

    @Test
    void whoWasFoundIsInTheTableForAsLongAsItIsThere() throws Exception {
        Mirrors mirrors = open();
        ServerUrl other = server("0.example");
        mirrors.looked(other, Duration.ofMillis(1), true);
        mirrors.appeared(C);
        mirrors.appeared(A);
        assertEquals(List.of(A, B, C, other), mirrors.table().stream().map(Standing::server).toList());
        assertEquals(List.of(false, false, true, false), mirrors.table().stream().map(Standing::found).toList());
        fail(mirrors, C, Fault.STATUS);
        mirrors.disappeared(C);
        assertEquals(List.of(A, B, other), mirrors.table().stream().map(Standing::server).toList());
        mirrors.save();
        assertEquals(List.of(A, B, other), open().table().stream().map(Standing::server).toList());
        // Whoever leaves and comes again is not tried again for that.
        mirrors.appeared(C);
        assertEquals(1, mirrors.table().get(2).failures());
    }

    @Test
    void whoWasFoundIsForgottenBeforeOthers() {
        Mirrors mirrors = open();
        ServerUrl named = server("named.example");
        mirrors.looked(named, Duration.ofMillis(1), true);
        for (int i = 0; i < 3 * Mirrors.MOST; i++) {
            now = now.plusSeconds(1);
            ServerUrl passing = server("x" + i + ".example");
            mirrors.appeared(passing);
            mirrors.looked(passing, Duration.ofMillis(1), true);
            mirrors.disappeared(passing);
        }
        assertEquals(List.of(A, B, named), mirrors.table().stream().map(Standing::server).toList());
        assertEquals(1, mirrors.table().getLast().asked());
    }

    /** Where only a stranger next door answers, it may be our line that is down: that counts once. */
    @Test
    void thatAStrangerAnswersDoesNotSayThatOthersCouldBeReached() {
        Mirrors mirrors = open();
        mirrors.appeared(C);
        for (int i = 0; i < 5; i++) {
            now = now.plusSeconds(120);
            mirrors.looked(C, Duration.ofMillis(1), true);
            mirrors.failed(A, Use.LOOKUPS, Fault.CONNECT, now);
        }
        assertEquals(1, mirrors.table().getFirst().failures());
    }

    /** What was asked of it is answered when it has said goodbye already. */
    @Test
    void whoWasFoundAndHasLeftIsStillNobodyWhomAnybodyNamed() throws Exception {
        Mirrors mirrors = open();
        mirrors.failed(A, Use.LOOKUPS, Fault.CONNECT, now);
        mirrors.appeared(C);
        mirrors.disappeared(C);
        now = now.plusSeconds(120);
        mirrors.looked(C, Duration.ofMillis(1), true);
        mirrors.failed(A, Use.LOOKUPS, Fault.CONNECT, now);
        assertEquals(List.of(A, B), mirrors.table().stream().map(Standing::server).toList());
        assertEquals(1, mirrors.table().getFirst().failures(), "it does not say that others could be reached");
        mirrors.save();
        assertEquals(List.of(A, B), open().table().stream().map(Standing::server).toList());
    }

    @Test
    void ofThoseThatLeftABoundedNumberIsKnown() throws Exception {
        Mirrors mirrors = open();
        mirrors.appeared(C);
        for (int i = 0; i < Mirrors.MOST_PASSING; i++) {
            ServerUrl passing = server("x" + i + ".example");
            mirrors.appeared(passing);
            mirrors.disappeared(passing);
        }
        ServerUrl first = server("x0.example");
        ServerUrl last = server("x" + (Mirrors.MOST_PASSING - 1) + ".example");
        List.of(first, last, C).forEach(server -> mirrors.looked(server, Duration.ofMillis(1), true));
        mirrors.save();
        assertEquals(List.of(A, B, first), open().table().stream().map(Standing::server).toList());
    }

    /** Whoever is on the network can announce any server there. */
    @Test
    void whomAClientHasNamedIsRememberedThoughItIsAnnounced() throws Exception {
        Mirrors mirrors = open();
        mirrors.looked(C, Duration.ofMillis(1), true);
        mirrors.appeared(C);
        mirrors.disappeared(C);
        mirrors.save();
        assertEquals(List.of(A, B, C), open().table().stream().map(Standing::server).toList());
    }

    private Standing explored() {
        Mirrors mirrors = open();
        gives(mirrors, A, 100, 1000);
        gives(mirrors, B, 100, 1600);
        return mirrors.table().getLast();
    }

    @ParameterizedTest
    @CsvSource({"0,SMALL", "262144,SMALL", "262145,MEDIUM", "16777216,MEDIUM", "16777217,LARGE"})
    void sizes(long bytes, SizeClass size) {
        assertEquals(size, SizeClass.of(bytes));
    }
}
