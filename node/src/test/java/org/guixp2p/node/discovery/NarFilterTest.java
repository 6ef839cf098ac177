// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.Fingerprints;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class NarFilterTest {
    private static final InventoryKey KEY = new InventoryKey(1, 2, 600);

    private static NarHash nar(Random random) {
        byte[] digest = new byte[Sha256.BYTES];
        random.nextBytes(digest);
        return new NarHash(Sha256.of(digest));
    }

    private static NarFilter filled(InventoryKey key, List<NarHash> nars) throws FormatException {
        NarFilter filter = NarFilter.empty(key);
        for (SwarmMessage.InventoryChange change : Changes.filling(key, nars)) {
            filter = filter.with(change);
        }
        return filter;
    }

    private static SwarmMessage.InventoryChange change(long[] removed, long... added) {
        return new SwarmMessage.InventoryChange(Fingerprints.of(removed), Fingerprints.of(added));
    }

    private static String refusal(NarFilter filter, SwarmMessage.InventoryChange change) {
        return String.valueOf(assertThrows(FormatException.class, () -> filter.with(change)).getMessage());
    }

    /** Whatever comes and goes: of what is there it says yes, and a filter that was made at one go says the same of all. */
    @Property(tries = 50)
    void changesLeadToWhatIsThere(@ForAll @IntRange(max = 2000) int items, @ForAll long seed) throws FormatException {
        Random random = new Random(seed);
        InventoryKey key = InventoryKey.draw(random, items);
        List<NarHash> there = new ArrayList<>();
        NarFilter filter = NarFilter.empty(key);
        for (int round = 0; round < 10; round++) {
            List<NarHash> gone = new ArrayList<>();
            for (int i = random.nextInt(there.size() + 1); i > 0; i--) {
                gone.add(there.remove(random.nextInt(there.size())));
            }
            List<NarHash> come = new ArrayList<>();
            for (int i = random.nextInt(items - there.size() + 1); i > 0; i--) {
                come.add(nar(random));
            }
            there.addAll(come);
            filter = filter.with(Changes.of(key, gone, come));
        }
        NarFilter atOnce = filled(key, there);
        assertEquals(there.size(), filter.items());
        assertEquals(atOnce.bytes(), filter.bytes());
        NarFilter found = filter;
        assertTrue(there.stream().allMatch(found::mayHave));
        for (int i = 0; i < 2000; i++) {
            NarHash other = nar(random);
            assertEquals(atOnce.mayHave(other), found.mayHave(other));
        }
        there.forEach(nar -> assertTrue(atOnce.mayHave(nar)));
    }

    /** Two million questions: 244 wrong answers expected, with a standard deviation of 16. */
    @Test
    void itIsWrongAsOftenAsItSays() throws FormatException {
        Random random = new Random(5);
        NarFilter filter = filled(InventoryKey.draw(random, 50_176), Changes.nars(0, 50_176));
        long wrong = LongStream.range(0, 2_000_000).filter(i -> filter.mayHave(nar(random))).count();
        assertEquals(1.0 / 8192, filter.falsePositiveRate());
        assertTrue(wrong > 244 - 80 && wrong < 244 + 80, wrong + " times");
    }

    @Test
    void manyFiltersSayTogetherWhatEachSays() throws FormatException {
        Random random = new Random(6);
        List<NarFilter> filters = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            // Small ones with little in them, and large ones.
            filters.add(filled(InventoryKey.draw(random, i * 200), Changes.nars(i, 1 + i * 100)));
        }
        for (NarHash nar : Changes.nars(0, 2500)) {
            BitSet found = NarFilter.whichMayHave(filters, nar);
            for (int i = 0; i < filters.size(); i++) {
                assertEquals(filters.get(i).mayHave(nar), found.get(i));
            }
        }
        assertTrue(NarFilter.whichMayHave(List.of(), Changes.nars(0, 1).getFirst()).isEmpty());
    }

    @Test
    void anItemTakesLittleMoreThanEighteenBits() throws FormatException {
        InventoryKey key = new InventoryKey(1, 2, 50_000);
        NarFilter filter = filled(key, Changes.nars(0, 50_000));
        assertEquals(NarFilter.bytes(key), filter.bytes());
        assertTrue(filter.bytes() * 8 < 18.4 * 50_000, filter.bytes() + " bytes");
        assertTrue(NarFilter.empty(key).bytes() < 1000);
    }

    @Test
    void aChangeLeavesTheFilterAsItWas() throws FormatException {
        NarFilter before = filled(KEY, Changes.nars(0, 600));
        NarFilter after = before.with(Changes.of(KEY, Changes.nars(0, 600), List.of()));
        assertTrue(Changes.nars(0, 600).stream().allMatch(before::mayHave));
        assertTrue(Changes.nars(0, 600).stream().noneMatch(after::mayHave));
        assertEquals(0, after.items());
        assertEquals(NarFilter.empty(KEY).bytes(), after.bytes());
    }

    /** Two NARs with one fingerprint: when one is gone the other is still there. */
    @Test
    void aFingerprintThatIsThereTwiceIsRemovedTwice() throws FormatException {
        long[] twice = {77, 77};
        NarFilter filter = NarFilter.empty(KEY).with(change(new long[0], twice)).with(change(new long[]{77}));
        assertEquals(1, filter.items());
        assertEquals(0, filter.with(change(new long[]{77})).items());
        assertTrue(refusal(filter, change(twice)).contains("was not there"));
    }

    @Test
    void theEndsOfTheRangeArePartOfIt() throws FormatException {
        long[] ends = {0, (1 << 22) - 1, 1 << 22, KEY.range() - 1};
        NarFilter filter = NarFilter.empty(KEY).with(change(new long[0], ends));
        assertEquals(4, filter.items());
        assertEquals(0, filter.with(change(ends)).items());
        assertEquals("inventory: a fingerprint beyond 8388607", refusal(filter, change(new long[0], KEY.range())));
        assertEquals("inventory: a fingerprint beyond 8388607", refusal(filter, change(new long[]{KEY.range()}, 5)));
    }

    @Test
    void whatIsNotThereCannotBeRemoved() throws FormatException {
        NarFilter filter = NarFilter.empty(KEY).with(change(new long[0], 5, 7));
        String expected = "inventory: a fingerprint that is removed and was not there";
        assertEquals(expected, refusal(filter, change(new long[]{6})));
        assertEquals(expected, refusal(filter, change(new long[]{5, 8})));
        assertEquals(expected, refusal(filter, change(new long[]{4, 5})));
        assertEquals(expected, refusal(filter, change(new long[]{9}, 9)));
        assertEquals(expected, refusal(NarFilter.empty(KEY), change(new long[]{0})));
    }

    @Test
    void itTakesTwiceAsManyAsItWasBegunWith() throws FormatException {
        NarFilter full = NarFilter.empty(KEY).with(change(new long[0], spread(2048)));
        assertEquals(1.0 / 4096, full.falsePositiveRate());
        assertEquals("inventory: 2049 items, begun with 600", refusal(full, change(new long[0], 3)));
        assertEquals("inventory: 2049 items, begun with 600",
                refusal(NarFilter.empty(KEY), change(new long[0], spread(2049))));
    }

    private static long[] spread(int count) {
        return LongStream.range(0, count).map(i -> i * KEY.range() / count).toArray();
    }

    @Test
    void aPageHasALimit() throws FormatException {
        InventoryKey key = new InventoryKey(1, 2, 5_000);
        long[] most = LongStream.range(0, FilterPage.MOST).toArray();
        NarFilter full = NarFilter.empty(key).with(change(new long[0], most));
        assertEquals(FilterPage.MOST, full.items());
        assertEquals("inventory: more than 2048 fingerprints in a page", refusal(full, change(new long[0], 0)));
        assertEquals(FilterPage.MOST + 1, full.with(change(new long[0], 1 << 22)).items());
        assertEquals(FilterPage.MOST, full.with(change(new long[]{3}, 3)).items());
    }

    /** A key that nobody could know beforehand: what falls together under one does not under another. */
    @Test
    void whatFallsTogetherUnderOneKeyDoesNotUnderAnother() throws FormatException {
        InventoryKey key = new InventoryKey(1, 2, 512);
        NarFilter filter = filled(key, Changes.nars(0, 512));
        Random random = new Random(8);
        NarHash ground = LongStream.range(0, 1_000_000).mapToObj(i -> nar(random)).filter(filter::mayHave).findFirst()
                .orElseThrow();
        assertFalse(filled(new InventoryKey(3, 4, 512), Changes.nars(0, 512)).mayHave(ground));
    }

    @Test
    void anyFingerprintsAreAFilterOrAreRefused() {
        Random random = new Random(11);
        for (int i = 0; i < 300; i++) {
            NarFilter filter = NarFilter.empty(new InventoryKey(0, 0, random.nextInt(3000)));
            try {
                for (int step = 0; step < 4; step++) {
                    filter = filter.with(change(any(random, 3), any(random, 1500)));
                    assertTrue(filter.items() >= 0 && filter.bytes() < 30_000);
                }
            } catch (FormatException e) {
                assertTrue(String.valueOf(e.getMessage()).startsWith("inventory: "), e::toString);
            }
        }
    }

    private static long[] any(Random random, int most) {
        long[] any = random.longs(random.nextInt(most), 0, 1L << (22 + random.nextInt(4))).toArray();
        Arrays.sort(any);
        return any;
    }
}
