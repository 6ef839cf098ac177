// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Query mode: {@code have} and {@code info}. */
interface QueryCases {
    String ABSENT = "/gnu/store/0000000000000000000000000000000a-nope-1";

    /** What a real daemon asked a real {@code guix substitute}, and what that replied; items may come in any order. */
    @ParameterizedTest
    @ValueSource(strings = {"query-closure", "query-extended-trace"})
    default void repliesAsGuixDoes(String transcript, RestorerBench bench) {
        bench.node().serve(ServedItem.fixtures());
        DaemonDriver driver = bench.withNixOptions(Fixtures.text("transcripts/" + transcript + ".nix-options")).query();
        Iterator<String> replies = Fixtures.text("transcripts/" + transcript + ".fd4").lines().iterator();
        for (String request : Fixtures.text("transcripts/" + transcript + ".stdin").lines().toList()) {
            driver.request(request);
            assertEquals(answer(request, replies::next), answer(request, driver::line), request);
        }
        assertFalse(replies.hasNext());
        assertEquals(0, driver.finish());
        assertFalse(driver.log().contains("@"), driver.log());
    }

    /** The lines of one answer up to the empty line that ends it, those of each item together, items sorted. */
    private static SortedSet<String> answer(String request, Supplier<String> lines) {
        SortedSet<String> items = new TreeSet<>();
        for (String line = lines.get(); !line.isEmpty(); line = lines.get()) {
            StringBuilder item = new StringBuilder(line);
            if (request.startsWith("info")) {
                item.append('\n').append(lines.get());
                String references = lines.get();
                item.append('\n').append(references);
                for (int i = 0; i < Integer.parseInt(references) + 2; i++) {
                    item.append('\n').append(lines.get());
                }
            }
            assertTrue(items.add(item.toString()), "twice: " + item);
        }
        return items;
    }

    @Test
    default void haveNamesWhatIsAvailable(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        bench.serve(item);
        DaemonDriver driver = bench.query();
        assertEquals(List.of(item.path()), driver.have(List.of(ABSENT, item.path())));
        assertEquals(List.of(), driver.have(List.of(ABSENT)));
        assertEquals(0, driver.finish());
    }

    @Test
    default void infoOfManyPathsNamesEachAvailableOnce(RestorerBench bench) {
        List<ServedItem> items = ServedItem.fixtures();
        bench.node().serve(items);
        List<String> asked = new ArrayList<>(items.stream().map(ServedItem::path).toList());
        asked.add(3, ABSENT);
        List<DaemonDriver.Info> infos = bench.query().info(asked);
        assertEquals(items.stream().map(ServedItem::path).sorted().toList(),
                infos.stream().map(DaemonDriver.Info::path).sorted().toList());
        for (DaemonDriver.Info info : infos) {
            ServedItem item = items.stream().filter(one -> one.path().equals(info.path())).findFirst().orElseThrow();
            assertEquals(item.size(), info.narSize());
        }
    }

    @Test
    default void infoWithoutAnythingAvailable(RestorerBench bench) {
        bench.node();
        assertEquals(List.of(), bench.query().info(List.of(ABSENT)));
    }

    @Test
    default void introducesItselfOnce(RestorerBench bench) throws IOException {
        String options = "untrusted-locale=de_DE.utf8\nsubstitute-urls=http://a http://b=c\n";
        ServedItem item = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        bench.serve(item);
        DaemonDriver driver = bench.withNixOptions(options).query();
        driver.have(List.of(item.path()));
        driver.info(List.of(item.path()));
        FromRestorer.Hello hello = bench.node().awaitHello();
        assertEquals(1, hello.version());
        assertEquals(FromRestorer.Mode.QUERY, hello.mode());
        assertEquals(options, hello.nixOptions());
        FromRestorer.Daemon daemon = hello.daemon();
        assertNotNull(daemon);
        assertEquals(ProcessHandle.current().pid(), daemon.pid());
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        assertEquals(Long.parseLong(afterName[22 - 3]), daemon.start());
        assertEquals("have " + item.path(), bench.node().awaitCommand().strip());
        assertEquals("info " + item.path(), bench.node().awaitCommand().strip());
        assertEquals(0, bench.node().unawaitedHellos());
    }

    @Test
    default void nothingIsSaidOfPathsThatWereNotAskedFor(RestorerBench bench) {
        ServedItem asked = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        ServedItem other = ServedItem.fixture("c3m05d5dai3qccdw77pb9kgl1dcimy10-sh");
        bench.node().onRequest(exchange -> {
            exchange.paths(List.of(other.path(), asked.path(), asked.path()));
            exchange.send(new FromNode.End());
        }).onRequest(exchange -> {
            exchange.narinfo(other);
            exchange.narinfo(asked);
            exchange.narinfo(asked);
            exchange.send(new FromNode.End());
        });
        DaemonDriver driver = bench.query();
        assertEquals(List.of(asked.path()), driver.have(List.of(asked.path())));
        assertEquals(1, driver.info(List.of(asked.path())).size());
        assertEquals(0, driver.finish());
    }

    @Test
    default void askedAboutThousandsOfPathsAtOnce(RestorerBench bench) {
        List<String> paths = new ArrayList<>(IntStream.range(0, 5000)
                .mapToObj(i -> "/gnu/store/0123456789abcdfghijklmnpqrsvwxyz-some-quite-ordinary-name-" + i).toList());
        ServedItem item = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        paths.add(2500, item.path());
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.paths(paths);
            exchange.send(new FromNode.End());
        });
        DaemonDriver driver = bench.query();
        assertEquals(paths, driver.have(paths));
        assertEquals(1, driver.info(paths).size());
        assertEquals(0, driver.finish());
    }

    /** The node takes some 20,000 paths at once. */
    @Test
    default void askedAboutMoreThanTheNodeTakesAtOnce(RestorerBench bench) {
        List<String> paths = new ArrayList<>(IntStream.range(0, 30_000)
                .mapToObj(i -> "/gnu/store/0123456789abcdfghijklmnpqrsvwxyz-some-quite-ordinary-name-" + i).toList());
        List<ServedItem> items = List.of(ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1"),
                ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file"));
        paths.addFirst(items.getFirst().path());
        paths.addLast(items.getLast().path());
        bench.node().serve(items);
        DaemonDriver driver = bench.query();
        assertEquals(items.stream().map(ServedItem::path).toList(), driver.have(paths));
        assertEquals(items.stream().map(ServedItem::path).toList(),
                driver.info(paths).stream().map(DaemonDriver.Info::path).toList());
        assertEquals(0, driver.finish());
    }

    /** A node may be clumsy, but it must not go on for ever. */
    @ParameterizedTest
    @ValueSource(ints = {18, 19})
    default void anAnswerHasNoMoreFramesThanItCanNeed(int frames, RestorerBench bench) {
        ServedItem item = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            for (int i = 0; i < frames; i++) {
                exchange.paths(List.of(item.path()));
            }
            exchange.send(new FromNode.End());
        }).onRequest(exchange -> {
            for (int i = 0; i < frames; i++) {
                exchange.narinfo(item);
            }
            exchange.send(new FromNode.End());
        });
        DaemonDriver driver = bench.query();
        int answers = frames == 18 ? 1 : 0;
        assertEquals(answers, driver.have(List.of(item.path())).size());
        assertEquals(answers, driver.info(List.of(item.path())).size());
        assertEquals(1, driver.info(List.of(item.path())).size());
        assertEquals(0, driver.finish());
    }

    @Test
    default void aSizeThatIsNotSignedIsNotReported(RestorerBench bench) {
        ServedItem item = ServedItem.withoutSignedSize("sized", RawNar.ofFile(new byte[10]));
        bench.serve(item);
        assertEquals(0, bench.query().info(List.of(item.path())).getFirst().narSize());
    }

    @Test
    default void aNodeThatDiesHalfwayHasAnsweredNothing(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        ServedItem second = ServedItem.fixture("c3m05d5dai3qccdw77pb9kgl1dcimy10-sh");
        bench.serve(item, second);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.die();
        }).onRequest(exchange -> {
            exchange.paths(List.of(item.path()));
            exchange.die();
        });
        DaemonDriver driver = bench.withBuiltin().query();
        List<DaemonDriver.Info> infos = driver.info(List.of(second.path(), item.path()));
        assertEquals(List.of(new DaemonDriver.Info(second.path(), "", List.of(), 7, 8)), infos);
        assertEquals(List.of(second.path()), driver.have(List.of(second.path(), item.path())));
        assertEquals(2, driver.info(List.of(item.path(), second.path())).size());
        assertEquals(0, driver.finish());
    }

    @Test
    default void withoutANodeNothingIsAvailable(RestorerBench bench) {
        DaemonDriver driver = bench.query();
        assertEquals(List.of(), driver.have(List.of(ABSENT)));
        assertEquals(List.of(), driver.info(List.of(ABSENT)));
        assertEquals(0, driver.finish());
    }

    @Test
    default void withoutANodeTheBuiltInAnswers(RestorerBench bench) {
        DaemonDriver driver = bench.withBuiltin().query();
        assertEquals(List.of(ABSENT), driver.have(List.of(ABSENT)));
        assertEquals(7, driver.info(List.of(ABSENT)).getFirst().downloadSize());
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("builtin: have " + ABSENT), driver.log());
    }

    @Test
    default void aNodeThatComesLaterIsFound(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        DaemonDriver driver = bench.query();
        assertEquals(List.of(), driver.have(List.of(item.path())));
        bench.serve(item);
        assertEquals(List.of(item.path()), driver.have(List.of(item.path())));
        bench.stopNode();
        assertEquals(List.of(), driver.have(List.of(item.path())));
        bench.serve(item);
        assertEquals(1, driver.info(List.of(item.path())).size());
        assertEquals(0, driver.finish());
    }

    @Test
    default void aTraceHasNoPlaceInAQuery(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.trace("@ download-started x y 1\n");
            exchange.narinfo(item);
            exchange.send(new FromNode.End());
        });
        DaemonDriver driver = bench.query();
        assertEquals(List.of(), driver.info(List.of(item.path())));
        assertEquals(1, driver.info(List.of(item.path())).size());
        assertEquals(0, driver.finish());
        assertFalse(driver.log().contains("@"), driver.log());
    }

    @ParameterizedTest
    @ValueSource(strings = {"frobnicate /gnu/store/x", "substitute " + ABSENT + " " + ABSENT, "have /etc/passwd",
        "info nonsense", "", "HAVE " + ABSENT})
    default void aMalformedQueryIsAnError(String command, RestorerBench bench) {
        bench.node();
        DaemonDriver driver = bench.withBuiltin().query();
        driver.request(command);
        assertNotEquals(0, driver.awaitExit());
        assertFalse(driver.log().isBlank());
        assertFalse(driver.log().contains("builtin:"), driver.log());
    }
}
