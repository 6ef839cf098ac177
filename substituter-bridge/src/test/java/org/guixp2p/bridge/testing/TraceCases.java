// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.guixp2p.protocol.bridge.FromNode;
import org.jspecify.annotations.Nullable;
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

    /**
     * What of a trace is shown, to the character and the same by every restorer.
     *
     * @param traces whether the client reads traces
     * @param text in frames, cut at each {@code |}; {@code DEST} stands for the destination, {@code START} and {@code END}
     *        for the whole lines that begin and end a download of 5 bytes from {@code http://x}
     * @param shown all that is to come of it, the ends of what it leaves open included; null for the text itself
     */
    record Trace(boolean traces, String text, @Nullable String shown) {
        private static final String START = "@ download-started DEST http://x 5\n";
        private static final String END = "@ download-succeeded DEST http://x 5\n";

        static List<Trace> all() {
            List<Trace> all = new ArrayList<>();
            // Where traces are read, nothing but a download's own lines and empty ones.
            for (String dropped : List.of("text\n", "text", "x\r", "\r", " \n", "guix-p2p: all is well\n",
                    "substitute: guix-p2p: error\n", "@ substituter-succeeded /gnu/store/x\n",
                    "@ substituter-started /gnu/store/x substitute\n", "@ substituter-failed /gnu/store/x 1 2\n",
                    "@ hash-mismatch /gnu/store/x sha256 a b\n", "@ build-log 4711 5\n",
                    "@ unsupported-platform /gnu/store/x y\n", "\u001b[K@ substituter-succeeded /gnu/store/x\n",
                    "\u0000@ substituter-succeeded /gnu/store/x\n", "@ substi|tuter-succeeded /gnu/store/x\n",
                    "@| substituter-succeeded /gnu/store/x\n", "x\r@ substituter-succeeded /gnu/store/x\n",
                    "x\r\u001b[KSTART", "@ download-started /gnu/store/other http://x 5\n",
                    "@ download-succeeded DEST http://x 5\n", "@ download-progress DEST http://x 5 3\n",
                    "@ download-started DEST http://x nonsense\n", "@ download-started DEST http://x\n",
                    "@ download-started DEST http://x 5 \n", "@ download-started DEST http://x 5\r",
                    "@ download-started DEST http://x 5", "@ download-started DEST http://\u00e4 5\n",
                    "@ download-started DEST no-scheme/nar/x 5\n", "@ download-started DEST http://x\u0007y 5\n",
                    "\u001b[2J\u001b[1;1H\n", "\u001b]0;title\u0007\n", "\u009b2J\n", "\u001b[|2J\n",
                    "@x\n", "@\n", "@ " + "x".repeat(11_000) + "\n")) {
                all.add(new Trace(true, dropped, ""));
            }
            all.add(new Trace(true, "START\nEND\n", START + "\n" + END + "\n"));
            all.add(new Trace(true, "STARTx\nEND", START + END));
            all.add(new Trace(true, "START|START", START + end(0)));
            all.add(new Trace(true, "START@ download-progress DEST http://x 5 3\n",
                    START + "@ download-progress DEST http://x 5 3\n" + end(3)));
            for (String wrong : List.of("5 6", "5 -1", "- 1e9", "5 3 3", "5", "- 9999999999999999999")) {
                all.add(new Trace(true, "START@ download-progress DEST http://x " + wrong + "\n", START + end(0)));
            }
            for (String wrong : List.of("-", "99999999999999999999", "x")) {
                all.add(new Trace(true, "START@ download-succeeded DEST http://x " + wrong + "\n", START + end(0)));
            }
            // Where people read, a progress bar.
            all.add(new Trace(false, "\r\u001b[K bar  50%|\r\u001b[K bar 100%\n\n", null));
            all.add(new Trace(false, "\r\u001b[|K bar  50%|\r\u001b[K bar \u2595\u2588\u258f 100%\n",
                    "\r\u001b[K bar  50%\r\u001b[K bar \u2595\u2588\u258f 100%\n"));
            all.add(new Trace(false, "Downloading http://x...\n", null));
            all.add(new Trace(false, "user@host @ work \ud83c\udf89\n", null));
            all.add(new Trace(false, "guix-p2p is a program\nsub|stitutes\n", "guix-p2p is a program\nsubstitutes\n"));
            all.add(new Trace(false, "?uix-p2p: x\rg\n", "?uix-p2p: x\r\u001b[Kg\n"));
            all.add(new Trace(false, "a\u001b[2Jb\u0007\u202ec\ue000d\u200be\ufffd\tf\n", "a[2Jbcdef\n"));
            all.add(new Trace(false, "40%", "40%\n"));
            all.add(new Trace(false, "a\rb|", "a\r\u001b[Kb\n"));
            for (String dropped : List.of("guix-p2p: all is well\n", "gui|x-p2p: x\n", "  guix-p2p: indented\n",
                    "\u00a0guix-p2p: indented\n", "GUIX-P2P: loud\n", "gu\u0000ix-p2p: x\n", "gu\u200bix-p2p: x\n",
                    "guix-p2p: x\r", "guix-p2p: without an end", "substitute: guix-p2p: error\n", "START", "@ x\n",
                    "\u0000@ x\n", "@| x\n", "guix-p", " ".repeat(300) + "\n")) {
                all.add(new Trace(false, "x\n" + dropped, "x\n"));
                all.add(new Trace(false, "\r\u001b[K" + dropped, "\r\u001b[K\n"));
            }
            return all;
        }

        private static String end(long done) {
            return "@ download-succeeded DEST http://x " + done + "\n\n";
        }

        String text(String destination) {
            return text.replace("START", START).replace("END", END).replace("DEST", destination);
        }

        String shown(String destination) {
            return shown == null ? text(destination).replace("|", "") : shown.replace("DEST", destination);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    default void passesWhatItMayAndNothingElse(boolean traces, RestorerBench bench) {
        ServedItem item = ServedItem.fixture(PLAIN_FILE);
        String destination = bench.destination(item).toString();
        bench.serve(item);
        DaemonDriver driver = bench.withNixOptions("print-extended-build-trace=" + (traces ? 1 : 0) + "\n")
                .substitute();
        List<Trace> all = Trace.all().stream().filter(trace -> trace.traces() == traces).toList();
        for (int i = 0; i < all.size(); i++) {
            String[] frames = all.get(i).text(destination).split("\\|", -1);
            bench.node().onRequest(exchange -> {
                exchange.narinfo(item);
                for (String frame : frames) {
                    exchange.trace(frame);
                }
                exchange.nar(item.nar());
                exchange.send(new FromNode.NarEnd());
            });
            String mark = "end of case " + i;
            bench.node().onRequest(exchange -> exchange.send(new FromNode.NotFound(mark)));
            assertEquals(item.success(), bench.substitute(driver, item), all.get(i).toString());
            assertEquals("not-found", bench.substitute(driver, item));
        }
        assertEquals(0, driver.finish());
        String left = driver.log();
        for (int i = 0; i < all.size(); i++) {
            String mark = "guix-p2p: not found: end of case " + i + "\n";
            int end = left.indexOf(mark);
            assertTrue(end >= 0, left);
            assertEquals(all.get(i).shown(destination), left.substring(0, end), all.get(i).toString());
            left = left.substring(end + mark.length());
        }
        assertEquals("", left);
    }

    /** A log is not the node's to fill. */
    @Test
    default void aFloodOfTextIsCut(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(PLAIN_FILE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            for (int i = 0; i < 20; i++) {
                exchange.trace("flood\n".repeat(10_000));
            }
            exchange.nar(item.nar());
            exchange.send(new FromNode.NarEnd());
        });
        long before = System.nanoTime();
        DaemonDriver driver = bench.withNixOptions("print-extended-build-trace=0\n").substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        double seconds = (System.nanoTime() - before) / 1e9;
        int length = driver.log().length();
        assertTrue(length > 60_000 && length < 65_536 + 16_384 * seconds + 100, length + " in " + seconds + " s");
        assertTrue(driver.log().lines().allMatch("flood"::startsWith), "no line goes on in another");
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
