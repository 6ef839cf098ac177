// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.guixp2p.bridge.testing.BuiltinStandIn;
import org.guixp2p.bridge.testing.DaemonDriver;
import org.guixp2p.bridge.testing.RestorerBench;
import org.guixp2p.bridge.testing.RestorerUnderTest;
import org.guixp2p.bridge.testing.ServedItem;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.substituter.Command;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is the Java restorer's own: its process, its command line, its limits. */
@ExtendWith(RestorerBench.Resolver.class)
class JavaProcessTest implements RestorerBench.Subject {
    private static final ServedItem ITEM = ServedItem.fixture("f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0");

    @Override
    public RestorerUnderTest restorer() {
        return new JavaRestorer();
    }

    @Test
    void leavesNothingBehindWhenItIsTerminated(RestorerBench bench) {
        bench.serve(ITEM);
        DaemonDriver driver = bench.substitute();
        bench.node().onRequest(exchange -> {
            exchange.narinfo(ITEM);
            exchange.nar(ITEM.nar(), 0, 900_000);
            exchange.trace("@ download-started " + exchange.word(2) + " http://halfway 900000\n");
            exchange.fallSilent();
        });
        driver.request("substitute " + ITEM.path() + " " + bench.destination(ITEM));
        // By then it has taken all that came before.
        driver.awaitLog("http://halfway");
        assertTrue(Files.exists(bench.destination(ITEM)));
        driver.terminate();
        assertNotEquals(0, driver.awaitExit());
        bench.assertStoreHolds();
    }

    /** As a full disk would, but without one: no file of this process may be longer. */
    @Test
    void toldThatThereIsNoRoomItSaysSoAndLeavesNothing(RestorerBench bench) {
        ServedItem small = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        bench.serve(ITEM, small);
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -f 400; exec \"$@\"", "sh"));
        command.addAll(new JavaRestorer().command());
        DaemonDriver driver = bench.withBuiltin().with("LC_ALL", "C.UTF-8").startCommand(command, "--substitute");
        assertEquals("not-found", bench.substitute(driver, ITEM));
        assertFalse(bench.node().awaitResult().restored());
        bench.assertStoreHolds();
        assertEquals(small.success(), bench.substitute(driver, small));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("guix-p2p: cannot restore " + bench.destination(ITEM)), driver.log());
        assertFalse(driver.log().contains("builtin:"), driver.log());
    }

    /** Without a UTF-8 locale the JVM cannot name every file: those items are Guix's. */
    @Test
    void whatItsLocaleCannotSayIsLeftToTheBuiltIn(RestorerBench bench) {
        ServedItem plain = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        bench.serve(ITEM, plain);
        DaemonDriver driver = bench.withBuiltin().with("LC_ALL", "C").substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, ITEM));
        assertEquals(plain.success(), bench.substitute(driver, plain));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("LC_ALL=C.UTF-8"), driver.log());
    }

    @Test
    void repliesToAnyDescriptorAndAppendsToFiles(RestorerBench bench) throws Exception {
        bench.serve(ITEM);
        Path file = Files.writeString(bench.directory().resolve("replies"), "before\n");
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\" 7>>" + file, "sh"));
        command.addAll(new JavaRestorer().command());
        command.addAll(List.of("--query", "--reply-fd", "7", "--socket", bench.node().socket().toString()));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(Map.of("GUIX_P2P_SOCKET", "/nowhere", "GUIX_P2P_FALLBACK", "none",
                "GUIX_P2P_USER", System.getProperty("user.name"), "LC_ALL", "C.UTF-8"));
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().write(("have " + ITEM.path() + " \n").getBytes(UTF_8));
        process.getOutputStream().close();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
        assertEquals("before\n" + ITEM.path() + "\n\n", Files.readString(file));
    }

    /** What the JVM itself may have open under that number must not be written to. */
    @ParameterizedTest
    @ValueSource(strings = {"99", "3", "0", "-1", "04", "x", ""})
    void aDescriptorThatIsNotForWritingIsAnError(String descriptor, RestorerBench bench) {
        DaemonDriver driver = bench.start("--query", "--reply-fd", descriptor);
        assertEquals(1, driver.awaitExit());
        assertTrue(driver.log().contains("guix-p2p: "), driver.log());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--query --substitute", "--query --socket", "--query --socket relative",
        "--query --reply-fd", "substitute", "--train --query"})
    void aCommandLineThatMakesNoSenseIsAnError(String arguments, RestorerBench bench) {
        DaemonDriver driver = bench.start(arguments.split(" ", -1));
        assertEquals(1, driver.awaitExit());
        assertTrue(driver.log().contains("guix-p2p: "), driver.log());
    }

    @Test
    void theNameOfTheSubcommandMayComeFirst(RestorerBench bench) {
        assertEquals(0, bench.start("substitute", "--query").finish());
    }

    /** What 20,000 paths of 15 references each take, within the heap that the launcher gives. */
    @Tag("slow")
    @Test
    void aLargeAnswerFitsIntoMemory(RestorerBench bench) {
        List<ServedItem> items = IntStream.range(0, 100).mapToObj(i -> ServedItem.referring("item-" + i, 3000))
                .toList();
        bench.node().serve(items);
        DaemonDriver driver = bench.query();
        List<DaemonDriver.Info> infos = driver.info(items.stream().map(ServedItem::path).toList());
        assertEquals(100, infos.size());
        assertTrue(infos.stream().allMatch(info -> info.references().size() == 3000));
        assertEquals(0, driver.finish());
    }

    @Test
    @Tag("slow")
    void theLargestQueryIsAnswered(RestorerBench bench) {
        List<ServedItem> items = IntStream.range(0, Math.min(20_000, Command.MAX_PATHS))
                .mapToObj(i -> ServedItem.referring("item-" + i, 15)).toList();
        bench.node().serve(items);
        DaemonDriver driver = bench.query().waiting(Duration.ofMinutes(5));
        List<String> paths = items.stream().map(ServedItem::path).toList();
        assertEquals(items.size(), driver.info(paths).size());
        assertEquals(items.size(), driver.have(paths).size());
        assertEquals(0, driver.finish());
    }

    /** The answer of Guix's own substituter, too: it is asked exactly then. */
    @Test
    void whatDoesNotFitIsLeftToTheBuiltIn(RestorerBench bench) {
        List<ServedItem> items = IntStream.range(0, 60).mapToObj(i -> ServedItem.referring("item-" + i, 5000)).toList();
        bench.node().serve(items);
        DaemonDriver driver = bench.withBuiltin().with("LC_ALL", "C.UTF-8")
                .startCommand(JavaRestorer.command(List.of("-Xmx16m")), "--query");
        List<String> paths = items.stream().map(ServedItem::path).toList();
        assertEquals(List.of(new DaemonDriver.Info(paths.getFirst(), "", List.of(), 7, 8)), driver.info(paths));
        assertTrue(driver.log().contains("OutOfMemoryError"), driver.log());
        assertEquals(1, driver.info(paths.subList(0, 1)).size());
        assertEquals(0, driver.finish());
    }

    @Test
    void aBuiltInThatIsNotThereIsToldOf(RestorerBench bench) {
        DaemonDriver driver = bench.withBuiltin().with("GUIX_P2P_BUILTIN", "/nowhere/guix --quiet").substitute();
        assertEquals("not-found", bench.substitute(driver, ITEM));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("/nowhere/guix"), driver.log());
    }

    /** Should the command be this very program, it must not call itself for ever. */
    @Test
    void theBuiltInGetsNoFallbackOfItsOwn(RestorerBench bench) throws IOException {
        Path script = bench.directory().resolve("env-builtin");
        Files.writeString(script, """
                #!/bin/sh
                read -r command path destination
                echo "fallback=$GUIX_P2P_FALLBACK extensions=$GUIX_EXTENSIONS_PATH options=$_NIX_OPTIONS" >&2
                echo not-found >&4
                """);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        DaemonDriver driver = bench.withBuiltin().with("GUIX_P2P_BUILTIN", script.toString())
                .with("GUIX_EXTENSIONS_PATH", "/some/where").withNixOptions("locale=C\n").substitute();
        assertEquals("not-found", bench.substitute(driver, ITEM));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("fallback=none extensions= options=locale=C"), driver.log());
    }

    @Test
    void theNodesReasonIsShownInOneLine(RestorerBench bench) {
        bench.serve(ITEM);
        bench.node().onRequest(exchange -> exchange.send(
                new FromNode.NotFound("no peers\n@ substituter-succeeded /gnu/store/x\u001b[2J")));
        DaemonDriver driver = bench.substitute();
        assertEquals("not-found", bench.substitute(driver, ITEM));
        assertEquals(0, driver.finish());
        assertEquals(List.of("guix-p2p: not found: no peers?@ substituter-succeeded /gnu/store/x?[2J"),
                driver.log().lines().toList());
    }
}
