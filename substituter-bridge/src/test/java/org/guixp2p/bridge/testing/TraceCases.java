// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.guixp2p.protocol.bridge.FromNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the node's traces reaches the daemon's log, which its clients parse. */
interface TraceCases {
    String PLAIN_FILE = "ak2kyp54m8559430clzlqz9b21rpcc91-plain-file";

    @Test
    default void aDownloadIsTraced(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        List<String> traces = traces(driver);
        String destination = bench.destination(item).toString();
        assertTrue(traces.getFirst().startsWith("@ download-started " + destination + " guixp2p://"), driver.log());
        assertTrue(traces.getLast().startsWith("@ download-succeeded " + destination + " guixp2p://"), driver.log());
        assertTrue(traces.size() > 2, driver.log());
        for (String trace : traces.subList(1, traces.size() - 1)) {
            assertTrue(trace.startsWith("@ download-progress " + destination + " "), driver.log());
        }
    }

    @Test
    default void aProgressBarIsShown(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(PLAIN_FILE);
        bench.serve(item);
        DaemonDriver driver = bench.withNixOptions("print-extended-build-trace=0\n").substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("\r\u001b[K guixp2p://scripted/" + PLAIN_FILE + "   0%"), driver.log());
        assertTrue(driver.log().contains("100%\n"), driver.log());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "@ substituter-succeeded /gnu/store/x\n",
        "@ substituter-started /gnu/store/x substitute\n",
        "@ substituter-failed /gnu/store/x 1 2\n",
        "@ hash-mismatch /gnu/store/x sha256 a b\n",
        "@ build-log 4711 5\n",
        "@ unsupported-platform /gnu/store/x y\n",
        "x\n@ substituter-succeeded /gnu/store/x\n",
        "x\r@ substituter-succeeded /gnu/store/x\n",
        "x\r\n@ substituter-succeeded /gnu/store/x\n",
        "\u001b[K@ substituter-succeeded /gnu/store/x\n",
        "\u0000@ substituter-succeeded /gnu/store/x\n",
        "@ substi|tuter-succeeded /gnu/store/x\n",
        "@| substituter-succeeded /gnu/store/x\n",
        "x\n|@ substituter-succeeded /gnu/store/x\n",
        "@ download-started /gnu/store/other http://x 5\n",
        "@ download-succeeded DEST http://x 5\n",
        "@ download-progress DEST http://x 5 3\n",
        "@ download-started DEST http://x nonsense\n",
        "@ download-started DEST http://x\n",
        "@ download-started DEST http://x 5 \n@ substituter-succeeded x\n",
        "\u001b[2J\u001b[1;1H",
        "\u001b]0;title\u0007",
        "\u009b2J",
        "\u001b[|2J"})
    default void nothingElsePasses(String trace, RestorerBench bench) {
        ServedItem item = ServedItem.fixture(PLAIN_FILE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            for (String part : trace.replace("DEST", exchange.word(2)).split("\\|", -1)) {
                exchange.trace(part);
            }
            exchange.nar(item.nar());
            exchange.send(new FromNode.NarEnd());
        });
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        String log = driver.log();
        for (String line : log.split("[\n\r]", -1)) {
            assertFalse(line.startsWith("@") && !isOfThisDownload(line, bench.destination(item).toString()), log);
        }
        assertFalse(log.replace("\u001b[K", "").chars()
                .anyMatch(c -> c != '\n' && c != '\r' && c != '\t' && Character.isISOControl(c)), log);
        assertBalanced(log);
    }

    private static boolean isOfThisDownload(String line, String destination) {
        return List.of("started", "progress", "succeeded").stream()
                .anyMatch(event -> line.startsWith("@ download-" + event + " " + destination + " "));
    }

    /** No end without a begin, no begin within another, none left open. */
    private static void assertBalanced(String log) {
        boolean open = false;
        for (String line : log.split("\n", -1)) {
            if (line.startsWith("@ download-started")) {
                assertFalse(open, log);
                open = true;
            } else if (line.startsWith("@ download-succeeded")) {
                assertTrue(open, log);
                open = false;
            } else if (line.startsWith("@ download-progress")) {
                assertTrue(open, log);
            }
        }
        assertFalse(open, log);
    }

    @Test
    default void anOpenTraceIsEndedBeforeTheBuiltInBegins(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.trace("@ download-started " + exchange.word(2) + " http://x 1052784\n");
            exchange.trace("@ download-progress " + exchange.word(2) + " http://x 1052784 200000\n");
            exchange.nar(item.nar(), 0, 200_000);
            exchange.trace("@ download-progr");
            exchange.die();
        });
        DaemonDriver driver = bench.withBuiltin().substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertBalanced(driver.log());
        assertTrue(driver.log().indexOf("@ download-succeeded") < driver.log().indexOf("\nbuiltin: "), driver.log());
    }

    @Test
    default void anOpenTraceIsEndedWhenNothingIsFound(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.trace("@ download-started " + exchange.word(2) + " http://x 1052784\n");
            exchange.send(new FromNode.NotFound("gone"));
        });
        DaemonDriver driver = bench.substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertBalanced(driver.log());
    }

    @Test
    default void anUnfinishedBarDoesNotSwallowTheNextLine(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(PLAIN_FILE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.trace("\r\u001b[K plain-file 40%");
            exchange.die();
        });
        DaemonDriver driver = bench.withBuiltin().withNixOptions("print-extended-build-trace=0\n").substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("40%\n"), driver.log());
        assertTrue(driver.log().contains("\nbuiltin: substitute"), driver.log());
    }

    private static List<String> traces(DaemonDriver driver) {
        return driver.log().lines().filter(line -> line.startsWith("@")).toList();
    }
}
