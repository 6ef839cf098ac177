// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;

/** In which order a daemon substitutes what it has asked about. */
class ClosureOrderTest {
    private static final long ROOM = 4L << 20;

    private final ClosureOrder order = new ClosureOrder();

    static StorePath path(String name) {
        return new StorePath("00000000000000000000000000000000-" + name);
    }

    private void told(boolean alone, String name, String... references) {
        order.add(path(name), Stream.of(references).map(ClosureOrderTest::path).toList(), 100, alone, ROOM);
    }

    private List<String> all() {
        List<String> names = new ArrayList<>();
        for (Optional<ClosureOrder.Wanted> next = order.next(); next.isPresent(); next = order.next()) {
            names.add(next.get().path().name());
            order.remove(next.get().path());
        }
        return names;
    }

    @Test
    void whatIsReferredToComesBeforeWhatRefersToIt() {
        told(true, "hello", "glibc", "libgcc", "hello");
        told(true, "glibc", "bash", "glibc");
        told(true, "libgcc", "glibc");
        told(true, "bash");
        assertEquals(List.of("bash", "glibc", "libgcc", "hello"), all());
    }

    @Test
    void ofThoseThatCanBeThatWhichWasAskedAboutFirstComesFirst() {
        told(true, "hello", "lib3", "lib1", "lib2");
        told(true, "lib1");
        told(true, "lib3");
        told(true, "lib2");
        assertEquals(List.of("lib1", "lib3", "lib2", "hello"), all());
    }

    @Test
    void whatWasAskedAboutAloneComesBeforeWhatMayOnlyHaveBeenShown() {
        told(false, "a");
        told(false, "b");
        told(false, "c");
        told(true, "c");
        told(true, "b");
        told(true, "c");
        assertEquals(List.of("c", "b", "a"), all());
    }

    @Test
    void whatIsToldLaterFindsItsPlace() {
        told(true, "a", "c");
        told(true, "b");
        assertEquals("a", order.next().orElseThrow().path().name());
        told(true, "c");
        assertEquals(List.of("b", "c", "a"), all());
    }

    @Test
    void whatWasRemovedNeverComesAgain() {
        told(true, "a");
        order.remove(path("a"));
        told(true, "a");
        told(true, "b");
        order.remove(path("unknown"));
        assertEquals(List.of("b"), all());
    }

    /** No build makes such, but whoever has a key can sign it. */
    @Test
    void whatGoesRoundInACircleComesLast() {
        told(true, "a", "b");
        told(true, "b", "a");
        told(true, "c", "a");
        told(true, "d");
        assertEquals(List.of("d", "a", "b", "c"), all());
    }

    @Test
    void referencesThatTheDaemonDoesNotAskAboutAreNotWaitedFor() {
        told(true, "a", "there");
        assertEquals(List.of("a"), all());
    }

    /** Daemons go on telling while what they told is fetched. */
    @Test
    void anyOrderOfTellingAndFetchingKeepsReferencesFirst() {
        Random random = new Random(7);
        int count = 2_000;
        List<List<Integer>> references = new ArrayList<>();
        for (int item = 0; item < count; item++) {
            int before = item;
            references.add(random.ints(before == 0 ? 0 : 5, 0, Math.max(1, before)).distinct().boxed().toList());
        }
        List<Integer> toTell = new ArrayList<>(IntStream.range(0, count).boxed().toList());
        Collections.shuffle(toTell, random);
        Set<String> fetched = new HashSet<>();
        Set<String> known = new HashSet<>();
        for (int item : toTell) {
            told(random.nextBoolean(), "i" + item,
                    references.get(item).stream().map(each -> "i" + each).toArray(String[]::new));
            known.add("i" + item);
            if (random.nextInt(3) > 0) {
                String next = order.next().orElseThrow().path().name();
                List<String> before = references.get(Integer.parseInt(next.substring(1))).stream()
                        .map(each -> "i" + each).filter(known::contains).toList();
                assertTrue(fetched.containsAll(before), () -> next + " comes before " + before);
                assertTrue(fetched.add(next));
                order.remove(path(next));
            }
        }
        fetched.addAll(all());
        assertEquals(known, fetched);
    }

    @Test
    void whatThereIsNoRoomForIsPassedOver() {
        List<StorePath> many = Stream.iterate(0, i -> i + 1).limit(40_000).map(i -> path("r" + i)).toList();
        order.add(path("huge"), many, 100, true, ROOM);
        assertEquals(0, order.bytes());
        told(true, "a");
        assertEquals(List.of("a"), all());
        assertTrue(order.bytes() > 0);
    }
}
