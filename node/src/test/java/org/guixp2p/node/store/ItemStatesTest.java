// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.persistence.ledger.Tree;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;

class ItemStatesTest {
    private static final long NOON = 1_800_000_000L;

    /** Items, of which the first is the largest. */
    private static ItemTable table(int count) {
        ItemTable.Builder all = new ItemTable.Builder(item -> false, path -> false, 0);
        for (int i = 0; i < count; i++) {
            NarHash hash = new NarHash(Sha256.hash(("nar " + i).getBytes(US_ASCII)));
            StorePath path = new StorePath(hash.base32().substring(0, StorePath.HASH_LENGTH) + "-item");
            all.item(new ValidItem(i, path, hash, new NarSize(1L << (40 - i)), 0));
        }
        return all.build();
    }

    private static long after(Duration time) {
        return NOON + time.toSeconds();
    }

    @Test
    void whatWasNeverAskedAboutComesFirstAndThenWhatIsDueLongest() {
        ItemStates states = new ItemStates(table(5), false);
        states.judge(0, Gate.ABSENT, NOON - 600);
        states.judge(1, Gate.PUBLIC, NOON + 600);
        states.judge(2, Gate.OTHER, NOON - 1200);
        assertEquals(List.of(3, 4, 2, 0), states.nextToJudge(5, NOON));
        assertEquals(List.of(3, 4, 2), states.nextToJudge(3, NOON));
        assertEquals(List.of(3), states.nextToJudge(1, NOON));
    }

    /** Whichever are fewer are gone through. */
    @Test
    void whatOthersHaveToBeGivenIsCountedOnce() {
        ItemTable table = table(4);
        ItemStates states = new ItemStates(table, false);
        for (int item = 0; item < 3; item++) {
            states.judge(item, Gate.PUBLIC, NOON);
        }
        Set<NarHash> few = Set.of(table.hash(0), table.hash(3));
        Set<NarHash> many = IntStream.range(0, 10)
                .mapToObj(i -> new NarHash(Sha256.hash(("other " + i).getBytes(US_ASCII)))).collect(Collectors.toSet());
        assertEquals(3, states.countOffered(Set.of()));
        assertEquals(2, states.countOffered(few));
        assertEquals(3, states.countOffered(many));
        many.addAll(few);
        assertEquals(2, states.countOffered(many));
    }

    @Test
    void whatNobodyCouldSayLetsOthersBeAskedAbout() {
        ItemStates states = new ItemStates(table(3), false);
        states.judgeLater(0, after(Duration.ofMinutes(10)));
        assertEquals(List.of(1, 2), states.nextToJudge(5, NOON));
        assertEquals(List.of(1, 2, 0), states.nextToJudge(5, after(Duration.ofMinutes(10))));
    }

    @Test
    void whatSomeDoNotHaveIsAskedAboutLessAndLessOftenButDaily() {
        ItemStates states = new ItemStates(table(1), false);
        long now = NOON;
        for (int hours : new int[]{1, 2, 4, 8, 16, 24, 24, 24}) {
            states.judgedPartly(0, now);
            assertEquals(List.of(), states.nextToJudge(1, now + Duration.ofHours(hours).toSeconds() - 60));
            now += Duration.ofHours(hours).toSeconds();
            assertEquals(List.of(0), states.nextToJudge(1, now));
            states = states.carriedTo(table(1));
        }
        states.judge(0, Gate.ABSENT, now);
        states.judgedPartly(0, now);
        assertEquals(List.of(0), states.nextToJudge(1, now + Duration.ofHours(1).toSeconds()));
    }

    /** Who lists later knows what the user wants: what is there is to be offered. */
    @Test
    void whatIsExcludedStaysSoUntilALaterTableHasIt() {
        ItemStates states = new ItemStates(table(2), true);
        assertEquals(List.of(), states.goneIn(table(2)));
        states.exclude(0);
        states.tree(0, Tree.WHOLE);
        states.lost(0);
        assertFalse(states.isOffered(0));
        assertArrayEquals(new int[]{1}, states.offered());
        assertEquals(List.of(0), states.goneIn(table(2)));
        assertArrayEquals(new int[]{0, 1}, states.carriedTo(table(2)).offered());
    }

    /** The one who signed it may be the one who is away. */
    @Test
    void whatWasPublicStaysSoWhenOnlyOthersCanBeAsked() {
        ItemStates states = new ItemStates(table(1), false);
        states.judge(0, Gate.PUBLIC, NOON);
        states.judgedPartly(0, NOON);
        assertTrue(states.isOffered(0));
        states.judgeLater(0, NOON);
        assertTrue(states.isOffered(0));
    }
}
