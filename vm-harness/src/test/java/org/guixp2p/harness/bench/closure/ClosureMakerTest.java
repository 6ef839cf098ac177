// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClosureMakerTest {
    @TempDir
    private Path directory;

    private Closure make(int items, Sizes sizes, long total, long seed, String store) throws Exception {
        return new ClosureMaker(items, sizes, total, seed).make(Files.createDirectory(directory.resolve(store)));
    }

    private static Map<StorePath, List<StorePath>> references(Closure closure) {
        return closure.offers().stream()
                .collect(Collectors.toMap(offer -> offer.item().path(), SubstituteSite.Offer::references));
    }

    private static List<Object> identities(Closure closure) {
        return closure.items().stream().<Object>map(item -> List.of(item.path(), item.nar())).toList();
    }

    @Test
    void theSameSeedMakesTheSameClosure() throws Exception {
        Closure one = make(40, Sizes.SMALL, 0, 1, "a");
        Closure again = make(40, Sizes.SMALL, 0, 1, "b");
        assertEquals(identities(one), identities(again));
        assertEquals(references(one), references(again));
        assertNotEquals(identities(one), identities(make(40, Sizes.SMALL, 0, 2, "c")));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 10, 11, 300})
    void thePathsOfAllAreMetInAsManyLevelsAsItSays(int items) {
        ReferenceGraph graph = ReferenceGraph.make(items, ClosureMaker.DEPTH, new SplittableRandom(items));
        assertEquals(Math.min(items, ClosureMaker.DEPTH), graph.depth());

        Set<Integer> met = new HashSet<>(Set.of(0));
        List<Integer> level = List.of(0);
        for (int depth = 0; !level.isEmpty(); depth++) {
            List<Integer> next = new ArrayList<>();
            for (int each : level) {
                assertEquals(depth, graph.levels().get(each));
                graph.references().get(each).stream().filter(met::add).forEach(next::add);
            }
            level = next;
        }
        assertEquals(items, met.size());
        for (int each = 0; each < items; each++) {
            assertTrue(graph.references().get(each).stream().allMatch(Set.copyOf(after(each, items))::contains));
        }
    }

    private static List<Integer> after(int first, int items) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = first; i < items; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    @Test
    void someReferToThemselvesAndAllInTheOrderOfPaths() throws Exception {
        Closure closure = make(40, Sizes.SMALL, 0, 1, "a");
        Map<StorePath, List<StorePath>> references = references(closure);
        assertEquals(40, references.size());
        assertTrue(references.entrySet().stream().anyMatch(each -> each.getValue().contains(each.getKey())));
        references.values().forEach(each -> assertEquals(each.stream().sorted().toList(), each));
        assertEquals(ClosureMaker.DEPTH, closure.depth());
    }

    @Test
    void smallItemsHaveTheMedianOfTheirKind() {
        long[] sizes = Sizes.SMALL.draw(1001, 0, new SplittableRandom(1));
        long median = Arrays.stream(sizes).sorted().skip(500).findFirst().orElseThrow();
        assertEquals(Sizes.MEDIAN_BYTES, median, Sizes.MEDIAN_BYTES / 10.0);
    }

    @ParameterizedTest
    @EnumSource(Sizes.class)
    void aTotalIsMet(Sizes sizes) {
        long total = 100L << 20;
        assertEquals(total, new ClosureMaker(300, sizes, total, 1).bytes(), total / 100.0);
        assertEquals(List.of(), Arrays.stream(sizes.draw(300, 1, new SplittableRandom(1)))
                .filter(each -> each < sizes.mostFiles()).boxed().toList());
    }

    @Test
    void aTreeHasItsBytesInFilesOfWhichSomeMayBeRun() throws Exception {
        Path tree = directory.resolve("tree");
        TreeMaker.Made made = PackageTree.make(tree, 300, 16, new SplittableRandom(1));
        Map<Boolean, Integer> executable = new HashMap<>();
        long bytes = 0;
        int files = 0;
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path file : paths.filter(each -> Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                bytes += Files.size(file);
                files++;
                executable.merge(Files.isExecutable(file), 1, Integer::sum);
                assertTrue(Files.size(file) > 0, file::toString);
            }
        }
        assertEquals(List.of(300L, 16), List.of(bytes, files));
        assertEquals(List.of(made.bytes(), made.files()), List.of(bytes, files));
        assertEquals(Set.of(true, false), executable.keySet());
        assertTrue(Files.isRegularFile(tree.resolve("lib/program")));
    }
}
