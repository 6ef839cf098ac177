// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.extension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.guixp2p.bridge.testing.BuiltinStandIn;
import org.guixp2p.bridge.testing.DaemonDriver;
import org.guixp2p.bridge.testing.RestorerBench;
import org.guixp2p.bridge.testing.RestorerContract;
import org.guixp2p.bridge.testing.RestorerUnderTest;
import org.guixp2p.bridge.testing.ServedItem;
import org.guixp2p.protocol.bridge.FromNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of every restorer, for the extension when it is compiled; and what only an extension has to do. */
@EnabledIf(value = "org.guixp2p.bridge.extension.Guile#isInstalled", disabledReason = "guile-3.0 and guile-gcrypt are not installed")
class ExtensionTest implements RestorerContract {
    private static final String PLAIN_FILE = "ak2kyp54m8559430clzlqz9b21rpcc91-plain-file";
    private static final String LIB1 = "i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1";
    private static final String MIXED_TREE = "f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0";
    private static final String ABSENT = "/gnu/store/0000000000000000000000000000000a-nope-1";

    @TempDir
    private static Path directory = Path.of("");

    private static Path compiled = Path.of("");
    private static String warnings = "";

    @BeforeAll
    static void compile() {
        System.out.println("extension: " + Guile.describe());
        compiled = Guile.copyTo(directory);
        warnings = Guile.compile(compiled);
    }

    @Override
    public RestorerUnderTest restorer() {
        return new Guile(compiled);
    }

    @Test
    void compilesWithoutAWarning() {
        assertEquals("", warnings);
    }

    @Test
    void compiledModulesAreUsed(RestorerBench bench) throws IOException {
        Path copy = Guile.copyTo(bench.directory().resolve("copy"));
        for (Path module : modules(compiled, ".go")) {
            Files.copy(module, copy.resolve("guix-p2p").resolve(module.getFileName()));
        }
        for (Path module : modules(copy, ".scm")) {
            Files.delete(module);
        }
        restores(bench.with("GUIX_EXTENSIONS_PATH", copy.toString()), LIB1);
    }

    @Test
    void sourcesServeWhereNothingIsCompiled(RestorerBench bench) {
        restores(bench.with("GUIX_EXTENSIONS_PATH", Guile.SOURCE.toString()), MIXED_TREE);
    }

    @Test
    void compiledModulesOfAnotherGuileArePassedOver(RestorerBench bench) throws IOException {
        Path copy = Guile.copyTo(bench.directory().resolve("copy"));
        for (Path module : modules(copy, ".scm")) {
            Files.writeString(Path.of(module.toString().replace(".scm", ".go")), "no object code");
        }
        restores(bench.with("GUIX_EXTENSIONS_PATH", copy.toString()), LIB1);
    }

    private static List<Path> modules(Path extensions, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(extensions.resolve("guix-p2p"))) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    private static void restores(RestorerBench bench, String name) {
        ServedItem item = ServedItem.fixture(name);
        bench.serve(item);
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        bench.assertStoreHolds(name);
    }

    @Test
    void isFoundInAnyDirectoryOfThePath(RestorerBench bench) throws IOException {
        Path link = Files.createSymbolicLink(bench.directory().resolve("link"), directory);
        Path empty = Files.createDirectory(bench.directory().resolve("empty"));
        restores(bench.with("GUIX_EXTENSIONS_PATH", "/nowhere:" + empty + ":" + link + "/guix/extensions"), LIB1);
    }

    /** Then Guile does not say where it is. */
    @Test
    void itsDirectoryMayBeInTheLoadPath(RestorerBench bench) {
        String others = Guile.moduleEnvironment().get("GUILE_LOAD_PATH");
        restores(bench.with("GUILE_LOAD_PATH", others == null ? compiled.toString() : compiled + ":" + others), LIB1);
    }

    @Test
    void guixWorksWithoutItWhenItCannotBeLoaded(RestorerBench bench) throws IOException {
        Path copy = Guile.copyTo(bench.directory().resolve("copy"));
        Files.delete(copy.resolve("guix-p2p/nar.scm"));
        DaemonDriver driver = bench.with("GUIX_EXTENSIONS_PATH", copy.toString()).query();
        assertEquals(List.of(ABSENT), driver.have(List.of(ABSENT)));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().startsWith("guix-p2p: "), driver.log());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "--help", "--query --substitute"})
    void otherArgumentsAreForTheBuiltIn(String arguments, RestorerBench bench) {
        DaemonDriver driver = bench.start(arguments.split(" "));
        assertEquals(2, driver.awaitExit());
        assertTrue(driver.log().contains("builtin: what is '" + arguments + "'?"), driver.log());
    }

    @Test
    void theBuiltInAnswersFromTheSameProcess(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(LIB1);
        DaemonDriver driver = bench.withBuiltin().substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        bench.serve(item);
        assertEquals(item.success(), bench.substitute(driver, item));
        bench.stopNode();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertEquals(2, driver.log().lines().filter(("in process " + driver.pid())::equals).count(), driver.log());
    }

    /** It is Guix's own code, which knows nothing of how this process has been set up for the extension. */
    @Test
    void theBuiltInRunsAsGuixSetItUp(RestorerBench bench) {
        DaemonDriver driver = bench.withBuiltin().with(BuiltinStandIn.ANSWER, "surroundings").query();
        assertEquals(List.of(ABSENT), driver.have(List.of(ABSENT)));
        DaemonDriver alone = bench.start("--version");
        assertEquals(2, alone.awaitExit());
        assertEquals(0, driver.finish());
        String expected = alone.log().lines().filter(line -> line.startsWith("surroundings: ")).findFirst()
                .orElseThrow();
        assertTrue(driver.log().contains(expected + "\n"), driver.log() + alone.log());
    }

    /** A built-in that opened the reply descriptor each time would have it closed by the garbage collector. */
    @Test
    void theReplyDescriptorOutlivesManyFallbacks(RestorerBench bench) {
        DaemonDriver driver = bench.withBuiltin().query();
        for (int i = 0; i < 50; i++) {
            assertEquals(List.of(ABSENT), driver.have(List.of(ABSENT)));
        }
        assertEquals(0, driver.finish());
        assertEquals(1, driver.log().lines().filter(line -> line.startsWith("guix-p2p: ")).count(), driver.log());
    }

    @Test
    void guixsOwnAclServesWhenNoneIsNamed(RestorerBench bench) throws IOException {
        Path configuration = Files.createDirectory(bench.directory().resolve("etc"));
        Files.copy(bench.directory().resolve("acl"), configuration.resolve("acl"));
        restores(bench.without("GUIX_P2P_ACL").with("GUIX_CONFIGURATION_DIRECTORY", configuration.toString()), LIB1);
    }

    static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** What a full disk leaves undone is deleted, and what has room is still restored. */
    @Test
    @EnabledIf(value = "org.guixp2p.bridge.extension.ExtensionTest#isRoot", disabledReason = "only root can mount a small disk")
    void aFullDiskIsToldAndAnswered(RestorerBench bench) throws IOException {
        ServedItem large = ServedItem.fixture(MIXED_TREE);
        ServedItem small = ServedItem.fixture(PLAIN_FILE);
        bench.serve(large, small);
        DaemonDriver driver = bench.substituteBy(List.of("unshare", "--mount", "--propagation", "private", "sh", "-c",
                "mount -t tmpfs -o size=256k tmpfs '" + bench.store() + "' && exec \"$@\"", "sh"));
        assertEquals("not-found", bench.substitute(driver, large));
        assertFalse(bench.node().awaitResult().restored());
        assertEquals(small.success(), bench.substitute(driver, small));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains("No space left on device"), driver.log());
    }
}
