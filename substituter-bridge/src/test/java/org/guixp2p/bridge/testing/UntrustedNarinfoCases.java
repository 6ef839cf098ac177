// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Narinfos that the restorer must not believe, whatever the node says. */
interface UntrustedNarinfoCases {
    String HELLO = "y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";

    /** What can be wrong with a narinfo. */
    enum Fault {
        EMPTY,
        GARBAGE,
        UNSIGNED,
        UNAUTHORISED_KEY,
        ALTERED_HASH,
        ALTERED_REFERENCES,
        ALTERED_SIZE,
        ALTERED_SIGNATURE,
        OTHER_PATH,
        HASH_BELOW_THE_SIGNATURE,
        SECOND_SIGNATURE;

        String applyTo(String narinfo) {
            String unsigned = narinfo.substring(0, narinfo.indexOf("Signature:"));
            String signature = narinfo.substring(narinfo.indexOf("Signature:"));
            return switch (this) {
                case EMPTY -> "";
                case GARBAGE -> "\u0000\u0001<html>\n\n";
                case UNSIGNED -> unsigned;
                case UNAUTHORISED_KEY ->
                    Fixtures.text("narinfo/y0h4g6321gwygvwv47kr4bc8y0lf49fs.signed-by-second.narinfo");
                case ALTERED_HASH -> narinfo.replace("NarHash: sha256:1", "NarHash: sha256:0");
                case ALTERED_REFERENCES -> narinfo.replace("-lib2-1.2", "-lib2-1.3");
                case ALTERED_SIZE -> narinfo.replace("NarSize: 1", "NarSize: 2");
                case ALTERED_SIGNATURE -> unsigned + altered(signature);
                case OTHER_PATH -> Fixtures.text("narinfo/ak2kyp54m8559430clzlqz9b21rpcc91.narinfo");
                case HASH_BELOW_THE_SIGNATURE ->
                    Fixtures.text("narinfo/ak2kyp54m8559430clzlqz9b21rpcc91.narinfo").lines()
                            .filter(line -> !line.startsWith("StorePath")).reduce("", (all, line) -> all + line + "\n")
                            + unsigned;
                case SECOND_SIGNATURE ->
                    "StorePath: /gnu/store/" + HELLO + "\nSignature: 1;vm;AAAA\n" + unsigned + signature;
            };
        }

        /** The signature with another number in it: Guix looks for what it needs, and not at the words around. */
        private static String altered(String signature) {
            String[] parts = signature.lines().findFirst().orElseThrow().split(";", 3);
            String sexp = new String(Base64.getDecoder().decode(parts[2]), UTF_8);
            String other = sexp.replace("(s #0", "(s #1");
            assertNotEquals(sexp, other);
            return parts[0] + ";" + parts[1] + ";" + Base64.getEncoder().encodeToString(other.getBytes(UTF_8)) + "\n";
        }
    }

    @Test
    default void nothingIsRestoredForAFault(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(HELLO);
        ServedItem good = ServedItem.fixture("ak2kyp54m8559430clzlqz9b21rpcc91-plain-file");
        DaemonDriver driver = bench.substitute();
        for (Fault fault : Fault.values()) {
            bench.serve(item.withNarinfo(fault.applyTo(item.narinfoText())), good);
            assertEquals("not-found", bench.substitute(driver, item), fault.name());
            assertFalse(bench.node().awaitResult().restored(), fault.name());
            bench.assertStoreHolds();
        }
        assertEquals(good.success(), bench.substitute(driver, good));
        assertEquals(0, driver.finish());
    }

    @Test
    default void infoLeavesOutWhatIsAtFault(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(HELLO);
        ServedItem good = ServedItem.fixture("c3m05d5dai3qccdw77pb9kgl1dcimy10-sh");
        DaemonDriver driver = bench.query();
        for (Fault fault : Fault.values()) {
            bench.serve(item.withNarinfo(fault.applyTo(item.narinfoText())), good);
            List<DaemonDriver.Info> infos = driver.info(List.of(item.path(), good.path()));
            assertEquals(List.of(good.path()), infos.stream().map(DaemonDriver.Info::path).toList(), fault.name());
        }
        assertEquals(0, driver.finish());
    }

    @Test
    default void theBuiltInIsAskedInstead(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(HELLO);
        bench.serve(item.withNarinfo(Fault.UNSIGNED.applyTo(item.narinfoText())));
        DaemonDriver driver = bench.withBuiltin().substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertEquals("builtin\n", bench.contentsOf(item));
        assertEquals(0, driver.finish());
    }

    @Test
    default void anRsaKeyMayBeTrusted(RestorerBench bench) throws IOException {
        Path acl = bench.directory().resolve("rsa.acl");
        Files.writeString(acl, "(acl (entry " + Fixtures.text("keys/rsa.pub") + " (tag (guix import))))");
        ServedItem item = ServedItem.fixture(HELLO);
        bench.serve(item.withNarinfo(Fixtures.text("narinfo/y0h4g6321gwygvwv47kr4bc8y0lf49fs.signed-by-rsa.narinfo")));
        DaemonDriver driver = bench.with("GUIX_P2P_ACL", acl.toString()).substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    /** Guix rejects an ACL as a whole when one entry has another tag; so nothing is trusted. */
    @ParameterizedTest
    @ValueSource(strings = {"", "(acl)", "(acl (entry KEY (tag (guix export))))",
        "(acl (entry KEY (tag (guix import))) (entry KEY (tag (guix))))", "(access KEY)", "(acl (entry KEY"})
    default void withoutATrustedKeyNothingIsRestored(String acl, RestorerBench bench) throws IOException {
        Path file = bench.directory().resolve("other.acl");
        Files.writeString(file, acl.replace("KEY", Fixtures.text("keys/publisher.pub")));
        ServedItem item = ServedItem.fixture(HELLO);
        bench.serve(item);
        DaemonDriver driver = bench.with("GUIX_P2P_ACL", file.toString()).substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        bench.assertStoreHolds();
        assertEquals(0, driver.finish());
    }

    @Test
    default void withoutAnAclNothingIsRestored(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(HELLO);
        bench.serve(item);
        DaemonDriver driver = bench.with("GUIX_P2P_ACL", bench.directory().resolve("absent.acl").toString())
                .substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        bench.assertStoreHolds();
        assertEquals(0, driver.finish());
    }
}
