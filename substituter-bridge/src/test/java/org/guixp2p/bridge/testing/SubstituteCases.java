// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Substitute mode with a node that does as it should. */
interface SubstituteCases {
    int NOBODY = 65534;
    String MIXED_TREE = "f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0";

    /** The daemon's own requests for a closure, and the replies of a real {@code guix substitute}. */
    @Test
    default void restoresAClosureAsGuixDoes(RestorerBench bench) throws IOException {
        bench.node().serve(ServedItem.fixtures());
        DaemonDriver driver = bench
                .withNixOptions(Fixtures.text("transcripts/substitute-closure.nix-options")).substitute();
        List<String> replies = Fixtures.text("transcripts/substitute-closure.fd4").lines().toList();
        List<String> requests = Fixtures.text("transcripts/substitute-closure.stdin").lines().toList();
        Path original = Files.createDirectory(bench.directory().resolve("original"));
        Fixtures.unpackStore(original);
        for (int i = 0; i < requests.size(); i++) {
            String path = requests.get(i).split(" ", -1)[1];
            Path destination = bench.store().resolve(path.substring(11));
            assertEquals(replies.get(i), driver.substitute(path, destination.toString()));
            assertTrue(bench.node().awaitResult().restored());
            assertEquals(TreeListing.of(original.resolve(destination.getFileName())), TreeListing.of(destination));
        }
        assertEquals(0, driver.finish());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ak2kyp54m8559430clzlqz9b21rpcc91-plain-file", "c3m05d5dai3qccdw77pb9kgl1dcimy10-sh",
        "vn5mi6hnl6abq8b9n2frwmmdwpzdwx6w-only-a-symlink", MIXED_TREE})
    default void restoresEveryKindOfItem(String name, RestorerBench bench) throws IOException {
        ServedItem item = ServedItem.fixture(name);
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        Path original = Files.createDirectory(bench.directory().resolve("original"));
        Fixtures.unpackStore(original);
        assertEquals(TreeListing.of(original.resolve(name)), TreeListing.of(bench.destination(item)));
        assertEquals(FromRestorer.Mode.SUBSTITUTE, bench.node().awaitHello().mode());
        assertEquals("substitute " + item.path() + " " + bench.destination(item), bench.node().awaitCommand());
        assertTrue(bench.node().awaitResult().restored());
        bench.assertStoreHolds(name);
        assertEquals(0, driver.finish());
    }

    @Test
    default void theDestinationNeedNotBeThePath(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        bench.serve(item);
        Path destination = bench.store().resolve(item.baseName() + ".tmp");
        assertEquals(item.success(), bench.substitute().substitute(item.path(), destination.toString()));
        bench.assertStoreHolds(item.baseName() + ".tmp");
    }

    @Test
    default void anythingStaleIsDeletedFirst(RestorerBench bench) throws IOException {
        ServedItem tree = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        ServedItem file = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        ServedItem link = ServedItem.fixture("vn5mi6hnl6abq8b9n2frwmmdwpzdwx6w-only-a-symlink");
        bench.serve(tree, file, link);
        for (ServedItem item : List.of(file, link)) {
            Path stale = Files.createDirectories(bench.destination(item).resolve("lib/stale"));
            Files.writeString(stale.resolve("file"), "stale");
            Files.setPosixFilePermissions(stale, PosixFilePermissions.fromString("r-xr-xr-x"));
            Files.setPosixFilePermissions(bench.destination(item), PosixFilePermissions.fromString("r-xr-xr-x"));
        }
        Files.createSymbolicLink(bench.destination(tree), bench.directory().resolve("outside"));
        DaemonDriver driver = bench.substitute();
        for (ServedItem item : List.of(tree, file, link)) {
            assertEquals(item.success(), bench.substitute(driver, item));
        }
        assertTrue(Files.isDirectory(bench.destination(tree), LinkOption.NOFOLLOW_LINKS));
        assertTrue(Files.isRegularFile(bench.destination(file)));
        assertTrue(Files.isSymbolicLink(bench.destination(link)));
        bench.assertStoreHolds(tree.baseName(), file.baseName(), link.baseName());
    }

    /** As unpacked by somebody else, before this store: names are bytes. */
    @Test
    default void staleNamesNeedNotBeText(RestorerBench bench) throws Exception {
        ServedItem item = ServedItem.fixture(MIXED_TREE);
        bench.serve(item);
        Process maker = new ProcessBuilder("/bin/sh", "-c", """
                mkdir -p "$0/$(printf 'd\\344r')" && cd "$0/$(printf 'd\\344r')" && touch "$(printf 'n\\377')" &&
                ln -s "$(printf '\\200')" "$(printf 'l\\300')" && chmod 555 . ..
                """, bench.destination(item).toString()).inheritIO().start();
        assertEquals(0, maker.waitFor());
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        bench.assertStoreHolds(item.baseName());
        assertEquals(0, driver.finish());
        assertEquals("", driver.log().lines().filter(line -> line.startsWith("guix-p2p:")).findAny().orElse(""));
    }

    @Test
    default void restoresAsAnUnprivilegedUser(RestorerBench bench) throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can become another user");
        ServedItem item = ServedItem.fixture(MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.nar(item.nar(), 0, item.nar().length - 100);
            exchange.send(new FromNode.Restart());
            exchange.nar(item.nar());
            exchange.send(new FromNode.NarEnd());
        });
        for (Path path : List.of(bench.directory(), bench.runDirectory(), bench.node().socket())) {
            Files.setAttribute(path, "unix:gid", NOBODY);
        }
        Files.setAttribute(bench.store(), "unix:uid", NOBODY);
        Files.setAttribute(bench.directory(), "unix:mode", 0750);
        Files.setAttribute(bench.runDirectory(), "unix:mode", 0750);
        DaemonDriver driver = bench.substituteBy(
                List.of("setpriv", "--reuid", "" + NOBODY, "--regid", "" + NOBODY, "--clear-groups"));
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertEquals(NOBODY, Files.getAttribute(bench.destination(item).resolve("a"), "unix:uid"));
        bench.assertStoreHolds(item.baseName());
    }

    @Test
    default void sharesFilesWhenTheDaemonAsksForIt(RestorerBench bench) throws IOException {
        ServedItem item = ServedItem.fixture("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        ServedItem shell = ServedItem.fixture("c3m05d5dai3qccdw77pb9kgl1dcimy10-sh");
        bench.serve(item, shell);
        DaemonDriver driver = bench.withNixOptions("deduplicate=yes\n").substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(shell.success(), bench.substitute(driver, shell));
        Object inode = Files.getAttribute(bench.destination(shell), "unix:ino");
        assertEquals(inode, Files.getAttribute(bench.destination(item).resolve("bin/sh-copy"), "unix:ino"));
        // Named by the file's own NAR, which for an item of one file is the item's.
        assertEquals(inode, Files.getAttribute(bench.store().resolve(".links").resolve(shell.hash()), "unix:ino"));
        try (Stream<Path> links = Files.list(bench.store().resolve(".links"))) {
            for (Path link : links.toList()) {
                assertTrue(Files.size(link) >= 8192, link.toString());
            }
        }
    }

    @Test
    default void sharesNothingOtherwise(RestorerBench bench) throws IOException {
        ServedItem shell = ServedItem.fixture("c3m05d5dai3qccdw77pb9kgl1dcimy10-sh");
        bench.serve(shell);
        DaemonDriver driver = bench.withNixOptions("deduplicate=no\n").substitute();
        assertEquals(shell.success(), bench.substitute(driver, shell));
        bench.assertStoreHolds(shell.baseName());
        assertEquals(1, Files.getAttribute(bench.destination(shell), "unix:nlink"));
    }

    @Test
    default void beginsAgainWhenTheNodeSaysSo(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(MIXED_TREE);
        bench.serve(item);
        byte[] nar = item.nar();
        byte[] other = ServedItem.fixture("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1").nar();
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.send(new FromNode.Restart());
            exchange.nar(nar, 0, nar.length / 2);
            exchange.send(new FromNode.Restart());
            exchange.nar(other);
            exchange.send(new FromNode.Restart());
            exchange.nar(nar, 0, 5);
            exchange.nar(nar, 5, nar.length);
            exchange.send(new FromNode.NarEnd());
        });
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertTrue(bench.node().awaitResult().restored());
        assertFalse(Files.exists(bench.destination(item).resolve("bin/sh-copy"), LinkOption.NOFOLLOW_LINKS));
        bench.assertStoreHolds(item.baseName());
        assertEquals(0, driver.finish());
    }

    @Test
    default void theNodesNotFoundIsFinal(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(exchange -> exchange.send(new FromNode.NotFound("first"))).onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.nar(item.nar(), 0, 500_000);
            exchange.send(new FromNode.NotFound("midway"));
        });
        DaemonDriver driver = bench.withBuiltin().substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        assertEquals("not-found", bench.substitute(driver, item));
        bench.assertStoreHolds();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertFalse(driver.log().contains("builtin:"), driver.log());
    }

    @Test
    default void anAnswerInTinyPiecesIsTheSame(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            byte[] nar = item.nar();
            for (int at = 0; at < nar.length; at += 7) {
                exchange.nar(Arrays.copyOfRange(nar, at, Math.min(nar.length, at + 7)));
                exchange.send(new FromNode.Alive());
            }
            exchange.send(new FromNode.NarEnd());
        });
        assertEquals(item.success(), bench.substitute(bench.substitute(), item));
    }

    @Test
    default void aSizeThatIsNotSignedIsABoundOnly(RestorerBench bench) {
        ServedItem item = ServedItem.withoutSignedSize("sized", RawNar.ofFile(new byte[10]));
        ServedItem tooLong = ServedItem.withoutSignedSize("long", RawNar.ofFile(new byte[10]));
        bench.serve(item, tooLong.withNarinfo(tooLong.narinfoText().replace("NarSize: ", "NarSize: 1\nWas: ")));
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals("not-found", bench.substitute(driver, tooLong));
        bench.assertStoreHolds(item.baseName());
    }

    @Test
    default void aRequestUnderWayIsFinishedWhenNoMoreCanCome(RestorerBench bench) throws IOException {
        ServedItem item = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        bench.node().onRequest(exchange -> {
            driver.closeCommands();
            exchange.serve(item);
        });
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.awaitExit());
        bench.assertStoreHolds(item.baseName());
    }

    @Test
    default void nobodyLeftToReplyToLeavesNothingBehind(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        bench.node().onRequest(exchange -> {
            driver.closeReplies();
            exchange.serve(item);
        });
        driver.request("substitute " + item.path() + " " + bench.destination(item));
        assertNotEquals(0, driver.awaitExit());
        bench.assertStoreHolds();
    }

    @Test
    default void aDestinationThatCannotBeWrittenIsToldAndAnswered(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        bench.serve(item);
        DaemonDriver driver = bench.withBuiltin().substitute();
        Path destination = bench.store().resolve("absent/" + item.baseName());
        assertEquals("not-found", driver.substitute(item.path(), destination.toString()));
        assertFalse(bench.node().awaitResult().restored());
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("absent"), driver.log());
        assertFalse(driver.log().contains("builtin:"), driver.log());
    }

    @ParameterizedTest
    @ValueSource(strings = {"frobnicate", "have " + QueryCases.ABSENT, "substitute", "substitute " + QueryCases.ABSENT,
        "substitute /etc/passwd /tmp/x", "substitute " + QueryCases.ABSENT + " relative", ""})
    default void aMalformedRequestIsAnError(String command, RestorerBench bench) {
        bench.node();
        DaemonDriver driver = bench.withBuiltin().substitute();
        driver.request(command);
        assertNotEquals(0, driver.awaitExit());
        assertFalse(driver.log().isBlank());
        assertFalse(driver.log().contains("builtin:"), driver.log());
        bench.assertStoreHolds();
    }

    @Test
    default void aCommandCutShortIsAnError(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        driver.send("substitute " + item.path() + " " + bench.store() + "/cut");
        assertNotEquals(0, driver.finish());
        bench.assertStoreHolds();
    }
}
