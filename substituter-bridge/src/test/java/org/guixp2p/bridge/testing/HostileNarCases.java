// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.Arrays;
import org.guixp2p.protocol.bridge.FromNode;
import org.junit.jupiter.api.Test;

/** NARs that a restorer must refuse, without a trace of them on the disk. */
interface HostileNarCases {
    /** Even a publisher whose key is trusted cannot make the restorer write what is no tree below its destination. */
    @Test
    default void refusesWhatIsNoTree(RestorerBench bench) {
        ServedItem good = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        bench.serve(good);
        DaemonDriver driver = bench.substitute();
        RawNar.hostile().forEach((wrong, nar) -> {
            ServedItem item = ServedItem.signed("hostile", nar);
            bench.serve(item);
            assertEquals("not-found", bench.substitute(driver, item), wrong);
            assertFalse(bench.node().awaitResult().restored(), wrong);
            bench.assertStoreHolds();
        });
        assertEquals(good.success(), bench.substitute(driver, good));
        bench.assertStoreHolds(good.baseName());
        assertEquals(0, driver.finish());
    }

    @Test
    default void whatItCannotNameIsLeftToTheBuiltIn(RestorerBench bench) {
        ServedItem item = ServedItem.signed("latin1", RawNar.hostile("no-text"));
        bench.serve(item);
        DaemonDriver driver = bench.withBuiltin().substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertTrue(bench.node().awaitResult().note().contains("not UTF-8"));
        assertEquals(0, driver.finish());
    }

    @Test
    default void goesAsDeepAsAnyItemDoes(RestorerBench bench) {
        ServedItem item = ServedItem.signed("deep", RawNar.nested(256));
        bench.serve(item);
        assertEquals(item.success(), bench.substitute(bench.substitute(), item));
    }

    /** Its hash comes last: a disk would be full before. */
    @Test
    default void refusesANarOfUnknownSize(RestorerBench bench) {
        ServedItem item = ServedItem.withoutSize("endless", RawNar.ofFile(new byte[10]));
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        assertFalse(bench.node().awaitResult().restored());
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("without NarSize"), driver.log());
    }

    @Test
    default void refusesOtherContentsOfTheRightSize(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        byte[] nar = item.nar();
        nar[nar.length / 3] ^= 1;
        refused(bench, item.withNar(nar));
    }

    @Test
    default void refusesAnotherItem(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");
        refused(bench, item.withNar(ServedItem.fixture("0d11kd1ihcqv35ajz4xx2cfwalqvfb5d-lib2-1.2").nar()));
    }

    @Test
    default void refusesATruncatedNar(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        refused(bench, item.withNar(Arrays.copyOf(item.nar(), 400_000)));
    }

    @Test
    default void refusesWhatFollowsTheSignedSize(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        refused(bench, item.withNar(Arrays.copyOf(item.nar(), item.nar().length + 8)));
    }

    private static void refused(RestorerBench bench, ServedItem item) {
        bench.serve(item);
        DaemonDriver driver = bench.withBuiltin().substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertFalse(bench.node().awaitResult().restored());
        bench.assertStoreHolds(item.baseName());
        assertEquals("builtin\n", bench.contentsOf(item));
        assertEquals(0, driver.finish());
    }

    /** More than the signed size is refused as it comes, not when it ends: this one never does. */
    @Test
    default void refusesAnEndlessNar(RestorerBench bench) {
        ServedItem item = ServedItem.signed("endless", RawNar.ofFile(new byte[100_000]));
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.nar(new RawNar().strings("nix-archive-1", "(", "type", "regular", "contents").length(1L << 39)
                    .bytes());
            while (true) {
                exchange.nar(new byte[65_536]);
            }
        });
        DaemonDriver driver = bench.substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        bench.node().awaitGoodbye();
        bench.assertStoreHolds();
        assertEquals(0, driver.finish());
    }

    @Test
    default void refusesEndlessRestarts(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(SubstituteCases.MIXED_TREE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            while (true) {
                exchange.nar(item.nar(), 0, 300);
                exchange.send(new FromNode.Restart());
            }
        });
        DaemonDriver driver = bench.substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        bench.node().awaitGoodbye();
        bench.assertStoreHolds();
        assertEquals(0, driver.finish());
    }

    /** What was shared before the whole proved wrong does no harm: it is named by its own contents. */
    @Test
    default void aRefusedItemLeavesNoLinkToItself(RestorerBench bench) {
        ServedItem item = ServedItem.fixture("c3m05d5dai3qccdw77pb9kgl1dcimy10-sh");
        byte[] nar = item.nar();
        nar[5000] ^= 1;
        bench.serve(item.withNar(nar));
        DaemonDriver driver = bench.withNixOptions("deduplicate=yes\n").substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertFalse(Files.exists(bench.destination(item)));
        assertFalse(Files.exists(
                bench.store().resolve(".links").resolve(item.hash())));
    }
}
