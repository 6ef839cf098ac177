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

    @Test
    void askedAboutThousandsOfPathsAtOnce(RestorerBench bench) {
        List<String> paths = new ArrayList<>(IntStream.range(0, 5000)
                .mapToObj(i -> "/gnu/store/0123456789abcdfghijklmnpqrsvwxyz-some-quite-ordinary-name-" + i).toList());
        paths.add(2500, ServedItem.fixture(LIB1).path());
        bench.serve(ServedItem.fixture(LIB1));
        bench.node().onRequest(exchange -> {
            exchange.paths(paths);
            exchange.send(new FromNode.End());
        });
        DaemonDriver driver = bench.query();
        assertEquals(paths, driver.have(paths));
        assertEquals(1, driver.info(paths).size());
        assertEquals(0, driver.finish());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "@ download-started DEST no-scheme/nar/x 5\n",
        "@ download-started DEST http://x\u0007y 5\n",
        "@ download-started DEST http://x 5\n@ download-started DEST http://x 5\n",
        "@ download-started DEST http://x 5\n@ download-progress DEST http://x 5 6\n",
        "@ download-started DEST http://x 5\n@ download-progress DEST http://x 5 -1\n",
        "@ download-started DEST http://x 5\n@ download-progress DEST http://x - 1e9\n",
        "@ download-started DEST http://x -\n@ download-succeeded DEST http://x -\n",
        "@ download-started DEST http://x 5\n@ download-succeeded DEST http://x 99999999999999999999\n"})
    void tracesThatBreakTheClientAreDropped(String trace, RestorerBench bench) {
        String log = logOf(trace, bench);
        List<String> lines = trace.replace("DEST", destination(bench)).lines().toList();
        List<String> shown = log.lines().filter(line -> line.startsWith("@")).toList();
        if (lines.size() == 1) {
            assertEquals(List.of(), shown);
        } else {
            assertEquals(lines.getFirst(), shown.getFirst());
            assertEquals(List.of("@ download-succeeded " + destination(bench) + " http://x 0"),
                    shown.subList(1, shown.size()));
        }
    }

    @Test
    void tracesThatNobodyAskedForAreDropped(RestorerBench bench) {
        String log = logOf("@ download-started DEST http://x 5\n",
                bench.withNixOptions("print-extended-build-trace=0\n"));
        assertFalse(log.contains("@"), log);
    }

    private static String destination(RestorerBench bench) {
        return bench.destination(ServedItem.fixture(PLAIN_FILE)).toString();
    }

    /** What a restorer logs to which the node sends {@code trace}. */
    private static String logOf(String trace, RestorerBench bench) {
        ServedItem item = ServedItem.fixture(PLAIN_FILE);
        bench.serve(item);
        bench.node().onRequest(exchange -> {
            exchange.narinfo(item);
            exchange.trace(trace.replace("DEST", exchange.word(2)));
            exchange.nar(item.nar());
            exchange.send(new FromNode.NarEnd());
        });
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        return driver.log();
    }

    @Test
    @EnabledIf(value = "org.guixp2p.bridge.extension.ExtensionTest#isRoot", disabledReason = "only root can become another user")
    void restoresAsAnUnprivilegedUser(RestorerBench bench) throws IOException {
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
        DaemonDriver driver = start(bench, List.of("setpriv", "--reuid", "" + NOBODY, "--regid", "" + NOBODY,
                "--clear-groups"), Guile.copyTo(bench.directory().resolve("copy")));
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertEquals(NOBODY, Files.getAttribute(bench.destination(item).resolve("a"), "unix:uid"));
        bench.assertStoreHolds(item.baseName());
    }

    private static final int NOBODY = 65534;

    static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** Starts a restorer by way of another command, which becomes it. */
    private static DaemonDriver start(RestorerBench bench, List<String> prefix, Path extensions) {
        Guile guile = new Guile(extensions);
        List<String> words = new ArrayList<>(prefix);
        words.addAll(guile.command());
        words.add("--substitute");
        Map<String, String> environment = guile.environment();
        environment.putAll(Map.of("GUIX_P2P_SOCKET", bench.node().socket().toString(), "GUIX_P2P_USER", "root",
                "GUIX_P2P_ACL", bench.directory().resolve("acl").toString(), "GUIX_P2P_FALLBACK", "none",
                "GUIX_P2P_BRIDGE_CONF", "/nowhere"));
        return DaemonDriver.start(words, environment);
    }

    /** The socket's file is root's, but who listens there is not. */
    @Test
    @EnabledIf(value = "org.guixp2p.bridge.extension.ExtensionTest#isRoot", disabledReason = "only root can become another user")
    void aListenerOfAnotherUserIsNotTrusted(RestorerBench bench) throws Exception {
        Path socket = bench.runDirectory().resolve("other.sock");
        Files.setAttribute(bench.runDirectory(), "unix:gid", NOBODY);
        Files.setAttribute(bench.runDirectory(), "unix:mode", 0770);
        Files.setAttribute(bench.directory(), "unix:mode", 0755);
        Process listener = new ProcessBuilder("setpriv", "--reuid", "" + NOBODY, "--regid", "" + NOBODY,
                "--clear-groups",
                "guile", "--no-auto-compile", "-c", """
                        (let ((socket (socket PF_UNIX SOCK_STREAM 0)))
                          (bind socket AF_UNIX "%s")
                          (listen socket 5)
                          (display "ready\\n")
                          (force-output)
                          (read-char))
                        """.formatted(socket)).start();
        try {
            assertEquals("ready", listener.inputReader().readLine());
            Files.setAttribute(socket, "unix:uid", 0);
            DaemonDriver driver = bench.with("GUIX_P2P_SOCKET", socket.toString()).query();
            assertEquals(List.of(), driver.have(List.of(ABSENT)));
            assertEquals(0, driver.finish());
            assertTrue(driver.log().contains("user 65534 listens at " + socket), driver.log());
        } finally {
            listener.getOutputStream().close();
            listener.waitFor();
        }
    }

    /** What a full disk leaves undone is deleted, and what has room is still restored. */
    @Test
    @EnabledIf(value = "org.guixp2p.bridge.extension.ExtensionTest#isRoot", disabledReason = "only root can mount a small disk")
    void aFullDiskIsToldAndAnswered(RestorerBench bench) {
        ServedItem large = ServedItem.fixture(MIXED_TREE);
        ServedItem small = ServedItem.fixture(PLAIN_FILE);
        bench.serve(large, small);
        DaemonDriver driver = start(bench, List.of("unshare", "--mount", "--propagation", "private", "sh", "-c",
                "mount -t tmpfs -o size=256k tmpfs '" + bench.store() + "' && exec \"$@\"", "sh"), compiled);
        assertEquals("not-found", bench.substitute(driver, large));
        assertFalse(bench.node().awaitResult().restored());
        assertTrue(driver.log().contains("No space left on device"), driver.log());
        assertEquals(small.success(), bench.substitute(driver, small));
        assertEquals(0, driver.finish());
    }
}
