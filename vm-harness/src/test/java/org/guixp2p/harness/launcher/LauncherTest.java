// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.guixp2p.harness.launcher.LauncherFixture.Outcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class LauncherTest {
    private static final String CLI = "org.guixp2p.node.cli.Main";
    private static final String HARNESS = "org.guixp2p.harness.HarnessMain";
    private static final String SUBSTITUTER = "org.guixp2p.bridge.SubstituteMain";
    private static final String TRAINS = "guix-p2p: making the JDK's cache for nodes; this takes half a minute\n";

    @TempDir
    Path directory;

    private LauncherFixture machine;

    @BeforeEach
    void machine() throws IOException {
        machine = new LauncherFixture(directory);
    }

    private void jdk() throws IOException {
        machine.jdk(machine.jvms().resolve("jdk"), "25.0.1");
    }

    @ParameterizedTest
    @CsvSource({"node," + CLI, "config," + CLI, "--version," + CLI, "demo," + HARNESS, "bench," + HARNESS})
    void theFirstWordChoosesTheProgram(String word, String program) throws Exception {
        jdk();
        Outcome outcome = machine.run(machine.installed(), word, "two words", "*", "", "--json");
        assertEquals(List.of(program, word, "two words", "*", "", "--json"), outcome.program());
        assertEquals(0, outcome.status());
        assertEquals("LC_ALL=C.UTF-8\n", outcome.err());
        assertTrue(outcome.options().containsAll(List.of("-Xmx192m", "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow")), outcome.toString());
        assertEquals(machine.root.resolve("usr/share/guix-p2p/lib") + "/*",
                outcome.out().get(outcome.out().indexOf("-cp") + 1));
    }

    @Test
    void withoutAWordTheCommandLineAnswers() throws Exception {
        jdk();
        assertEquals(List.of(CLI), machine.run(machine.installed()).program());
    }

    @Test
    void theUsersOptionsComeAfterOurs() throws Exception {
        jdk();
        machine.environment.put("GUIX_P2P_JAVA_OPTS", "-Xmx1g -Dx=y");
        List<String> options = machine.run(machine.installed(), "node").options();
        assertTrue(options.indexOf("-Xmx1g") > options.indexOf("-Xmx192m"), options.toString());
        assertEquals("-Dx=y", options.getLast());
    }

    @Test
    void theSubstituterHasOnlyItsTwoJarsAndACacheFromItsFirstUse() throws Exception {
        jdk();
        Path script = machine.installed();
        Path share = machine.root.resolve("usr/share/guix-p2p");
        Outcome first = machine.run(script, "substitute", "--query");
        assertEquals(List.of(SUBSTITUTER, "--query"), first.program());
        assertEquals(share + "/lib/substituter-bridge.jar:" + share + "/lib/protocol.jar",
                first.out().get(first.out().indexOf("-cp") + 1));
        assertTrue(first.options().contains("-XX:AOTCache=" + share + "/lib/../substituter.aot"), first.toString());
        assertEquals("LC_ALL=C.UTF-8\n", first.err());
        machine.run(script, "substitute", "--substitute");
        assertEquals(List.of("train"), machine.logged());
        try (var files = Files.list(share)) {
            assertEquals(List.of("lib", "substituter.aot"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"usr/share/guix-p2p/lib/protocol.jar", "usr/share/guix-p2p/lib/substituter-bridge.jar",
        "jvms/jdk/release"})
    void aCacheOlderThanWhatItCachesIsMadeAnew(String changed) throws Exception {
        jdk();
        Path script = machine.installed();
        machine.run(script, "substitute", "--query");
        LauncherFixture.age(machine.root.resolve("usr/share/guix-p2p/substituter.aot"), 100);
        LauncherFixture.age(machine.root.resolve(changed), 50);
        machine.run(script, "substitute", "--query");
        machine.run(script, "substitute", "--query");
        assertEquals(List.of("train", "train"), machine.logged());
    }

    @Test
    void withoutACacheItStartsAllTheSame() throws Exception {
        jdk();
        machine.environment.put("UNTRAINABLE", "yes");
        Path script = machine.installed();
        for (int i = 0; i < 2; i++) {
            Outcome outcome = machine.run(script, "substitute", "--query");
            assertEquals(List.of(SUBSTITUTER, "--query"), outcome.program());
            assertEquals(0, outcome.status());
            assertFalse(outcome.out().stream().anyMatch(option -> option.startsWith("-XX:AOTCache=")));
        }
        assertEquals(List.of("train"), machine.logged());
    }

    /** Loading a cache is running it, and this process is root's most often. */
    @Test
    void aCacheOfSomebodyElseIsNotLoaded() throws Exception {
        jdk();
        Path script = machine.installed();
        Path cache = machine.root.resolve("usr/share/guix-p2p/substituter.aot");
        assertTrue(loads(machine.run(script, "substitute", "--query"), cache));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertFalse(loads(machine.run(script, "substitute", "--query"), cache));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rw-r--r--"));
        assertTrue(loads(machine.run(script, "substitute", "--query"), cache));
        assumeTrue(isRoot(), "only root can give a file away");
        Files.setAttribute(cache, "unix:uid", 65534);
        Outcome outcome = machine.run(script, "substitute", "--query");
        assertFalse(loads(outcome, cache));
        assertEquals(List.of(SUBSTITUTER, "--query"), outcome.program());
        Files.setAttribute(cache.resolveSibling("."), "unix:uid", 65534);
        LauncherFixture.age(cache, 5000);
        machine.run(script, "substitute", "--query");
        assertEquals(List.of("train"), machine.logged(), "nor is one written to a directory of somebody else");
    }

    private static boolean loads(Outcome outcome, Path cache) {
        return outcome.options().stream().filter(option -> option.startsWith("-XX:AOTCache="))
                .anyMatch(option -> Path.of(option.substring("-XX:AOTCache=".length())).normalize().equals(cache));
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    @Test
    void nothingIsEverWrittenToTheStore() throws Exception {
        jdk();
        Path store = Files.createDirectories(machine.root.resolve("gnu/store"));
        Path item = store.resolve("0123456789abcdfghijklmnpqrsvwxyz-guix-p2p-0.1");
        Path script = machine.installed(item);
        Path caches = machine.root.resolve("caches");
        Path cache = caches.resolve(item.getFileName() + ".jdk.aot");
        machine.environment.put("NIX_STORE_DIR", store.toString());
        machine.environment.put("GUIX_P2P_AOT_DIR", caches.toString());
        assertTrue(loads(machine.run(script, "substitute", "--query"), cache));
        // What leads to the store is the store too.
        Path link = Files.createSymbolicLink(machine.root.resolve("profile"), item);
        machine.environment.put("GUIX_P2P_HOME", link.resolve("share/guix-p2p").toString());
        assertTrue(loads(machine.run(script, "substitute", "--query"), cache));
        assertEquals(List.of("train"), machine.logged());
        assertFalse(Files.exists(item.resolve("share/guix-p2p/substituter.aot")));
        Path jdk = machine.jdk(store.resolve("zyxwvsrqpnmlkjihgfdcba9876543210-openjdk-25"), "25");
        machine.environment.put("JAVA_HOME", jdk.toString());
        assertTrue(loads(machine.run(script, "substitute", "--query"),
                caches.resolve(item.getFileName() + "." + jdk.getFileName() + ".aot")));
        Path built = item.resolve("share/guix-p2p/substituter.aot");
        Files.writeString(built, "by the package");
        LauncherFixture.age(built, 100_000);
        assertTrue(loads(machine.run(script, "substitute", "--query"),
                link.resolve("share/guix-p2p/substituter.aot")), "times say nothing there");
        assertEquals(List.of("train", "train"), machine.logged());
    }

    @Test
    void whatKilledTrainingsLeftIsRemoved() throws Exception {
        jdk();
        Path script = machine.installed();
        Path share = machine.root.resolve("usr/share/guix-p2p");
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Files.writeString(share.resolve("substituter.aot." + gone.pid()), "half");
        Files.writeString(share.resolve("substituter.aot." + gone.pid() + ".config"), "half");
        Path alive = Files.writeString(share.resolve("substituter.aot." + ProcessHandle.current().pid()), "half");
        machine.run(script, "substitute", "--query");
        try (var files = Files.list(share)) {
            assertEquals(List.of("lib", "substituter.aot", alive.getFileName().toString()),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void theCacheCanBeMadeBeforeItsFirstUse() throws Exception {
        jdk();
        Path script = machine.installed();
        assertEquals(0, machine.run(script, "substitute", "--train").status());
        assertEquals(0, machine.run(script, "substitute", "--query").status());
        assertEquals(List.of("train"), machine.logged());
        machine.environment.put("UNTRAINABLE", "yes");
        Outcome outcome = machine.run(script, "substitute", "--train");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err().startsWith("guix-p2p: no AOT cache can be made"), outcome.err());
    }

    /** Nodes run for long: only a build, or whoever asks for it, makes them a cache. */
    @Test
    void nodesUseACacheThatWasMadeForThem() throws Exception {
        jdk();
        Path script = machine.installed();
        Path cache = machine.root.resolve("usr/share/guix-p2p/node.aot");
        assertFalse(loads(machine.run(script, "node"), cache));
        assertEquals(List.of(), machine.logged());
        assertEquals(0, machine.run(script, "node", "--train").status());
        assertTrue(loads(machine.run(script, "node"), cache));
        assertTrue(loads(machine.run(script, "demo"), cache));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertFalse(loads(machine.run(script, "node"), cache));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rw-r--r--"));
        LauncherFixture.age(cache, 600);
        assertFalse(loads(machine.run(script, "node"), cache), "a jar is newer");
        assertEquals(List.of("train"), machine.logged());
    }

    @Test
    void nodesOfTheStoreUseTheCacheThatCameWithThem() throws Exception {
        jdk();
        Path store = Files.createDirectories(machine.root.resolve("gnu/store"));
        Path item = store.resolve("0123456789abcdfghijklmnpqrsvwxyz-guix-p2p-0.1");
        Path script = machine.installed(item);
        machine.environment.put("NIX_STORE_DIR", store.toString());
        Path cache = Files.writeString(item.resolve("share/guix-p2p/node.aot"), "by the package");
        LauncherFixture.age(cache, 100_000);
        assertTrue(loads(machine.run(script, "node"), cache));
    }

    @Test
    void whereNoCacheForNodesCanBeMadeItSaysSo() throws Exception {
        jdk();
        Path script = machine.installed();
        machine.environment.put("UNTRAINABLE", "yes");
        Outcome outcome = machine.run(script, "node", "--train");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err().startsWith("guix-p2p: no AOT cache can be made"), outcome.err());
        assertEquals(0, machine.run(script, "node").status());
    }

    @Test
    void theSubstituterNeverBuilds() throws Exception {
        jdk();
        machine.maven();
        Path script = machine.checkout();
        machine.guix();
        Outcome outcome = machine.run(script, "substitute", "--query");
        assertEquals(List.of("guix", "substitute", "--query"), outcome.out());
        assertTrue(outcome.err().lines().findFirst().orElse("").contains("--version"), outcome.err());
        assertEquals(List.of(), machine.logged());
    }

    /** An upgrade of the JDK that went wrong must not leave the machine without substitutes. */
    @Test
    void withoutAJdkGuixSubstitutes() throws Exception {
        machine.guix();
        machine.environment.put("GUIX_EXTENSIONS_PATH", "/some/where");
        Outcome outcome = machine.run(machine.installed(), "substitute", "--substitute");
        assertEquals(List.of("guix", "substitute", "--substitute"), outcome.out());
        assertTrue(outcome.err().startsWith("guix-p2p: a JDK 25 is needed"), outcome.err());
        assertTrue(outcome.err().endsWith("fallback=none extensions=\n"), outcome.err());
    }

    @ParameterizedTest
    @CsvSource({"--query,''", "--substitute,not-found"})
    void withoutAJdkAndWithoutAFallbackNothingIsFound(String mode, String nothing) throws Exception {
        machine.guix();
        Path script = machine.installed();
        Path conf = Files.writeString(machine.root.resolve("bridge.conf"), "# none\n  fallback\t=  none # at all\n");
        machine.environment.put("GUIX_P2P_BRIDGE_CONF", conf.toString());
        Path shell = machine.program(machine.root.resolve("daemon"), "printf 'a request\\nanother\\n' |",
                "'" + script + "' substitute " + mode + " 4>&1 1>&2");
        Outcome outcome = machine.run(shell);
        assertEquals(List.of(nothing, nothing), outcome.out(), outcome.err());
        assertEquals(0, outcome.status());
        assertTrue(outcome.err().startsWith("guix-p2p: a JDK 25 is needed"), outcome.err());
        // The environment comes first.
        machine.environment.put("GUIX_P2P_FALLBACK", "builtin");
        assertEquals(List.of("guix", "substitute", mode), machine.run(script, "substitute", mode).out());
    }

    /** As nix/libstore and nix/nix-daemon of Guix have it: each way in which the daemon runs 'guix', but 'substitute'. */
    @ParameterizedTest
    @ValueSource(strings = {"authenticate", "discover", "gc --list-busy", "offload x86_64-linux 3600 1 0",
        "perform-download /gnu/store/x.drv /gnu/store/y"})
    void whatIsForGuixGoesToGuix(String line) throws Exception {
        String[] words = line.split(" ");
        Path script = machine.installed();
        Outcome none = machine.run(script, words);
        if (none.status() != 0) {
            assertTrue(none.err().startsWith("guix-p2p: '" + words[0] + "' is for Guix itself"), none.err());
        }
        machine.guix();
        List<String> expected = new ArrayList<>(List.of("guix"));
        expected.addAll(List.of(words));
        assertEquals(expected, machine.run(script, words).out());
        Path conf = Files.writeString(machine.root.resolve("bridge.conf"),
                "socket = /x\nbuiltin = " + machine.path.resolve("guix") + "\t--of-conf  # comment");
        machine.environment.put("GUIX_P2P_BRIDGE_CONF", conf.toString());
        expected.add(1, "--of-conf");
        assertEquals(expected, machine.run(script, words).out());
        machine.environment.put("GUIX_P2P_BUILTIN", machine.path.resolve("guix") + " --extra");
        expected.set(1, "--extra");
        assertEquals(expected, machine.run(script, words).out());
    }

    @Test
    void whatAnybodyCanWriteNamesNoGuix() throws Exception {
        Path script = machine.installed();
        machine.guix();
        Path conf = Files.writeString(machine.root.resolve("bridge.conf"), "builtin = /bin/false\n");
        Files.setPosixFilePermissions(conf, PosixFilePermissions.fromString("rw-rw-r--"));
        machine.environment.put("GUIX_P2P_BRIDGE_CONF", conf.toString());
        Outcome outcome = machine.run(script, "gc", "--list-busy");
        assertEquals(List.of("guix", "gc", "--list-busy"), outcome.out());
        assertTrue(outcome.err().contains(conf + " is passed over"), outcome.err());
    }

    @Test
    void theSubstituterIsToldWhichGuixItIs() throws Exception {
        jdk();
        Path script = machine.installed();
        Path guix = machine.guix();
        machine.environment.put("SHOW_BUILTIN", "yes");
        assertTrue(machine.run(script, "substitute", "--query").err().contains("BUILTIN=" + guix + "\n"));
        Path conf = Files.writeString(machine.root.resolve("bridge.conf"), "builtin = /opt/guix --x\n");
        machine.environment.put("GUIX_P2P_BRIDGE_CONF", conf.toString());
        assertTrue(machine.run(script, "substitute", "--query").err().contains("BUILTIN=/opt/guix --x\n"));
        machine.environment.put("GUIX_P2P_BUILTIN", "mine");
        assertTrue(machine.run(script, "substitute", "--query").err().contains("BUILTIN=mine\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"25", "25.0.1", "25-ea", "25+36"})
    void aJdk25IsKnownByItsReleaseFile(String version) throws Exception {
        Path home = machine.jdk(machine.root.resolve("my jdk"), version);
        machine.environment.put("JAVA_HOME", home.toString());
        assertEquals(0, machine.run(machine.installed(), "node").status());
    }

    @Test
    void aJdkOfAnotherVersionIsPassedOver() throws Exception {
        Path old = machine.jdk(machine.root.resolve("old"), "17.0.15");
        machine.jdk(machine.jvms().resolve("a"), "24");
        machine.jdk(machine.jvms().resolve("b"), "255.0");
        Files.createDirectories(machine.jvms().resolve("c-without-anything"));
        machine.environment.put("JAVA_HOME", old.toString());
        Path script = machine.installed();
        Outcome none = machine.run(script, "node");
        assertEquals(1, none.status());
        assertEquals(1, none.err().lines().count(), none.err());
        assertTrue(none.err().startsWith("guix-p2p: a JDK 25 is needed") && none.err().contains("install"), none.err());
        Path java = machine.jdk(machine.root.resolve("right"), "25").resolve("bin/java");
        Files.createSymbolicLink(machine.path.resolve("java"), java);
        assertEquals(List.of(CLI, "node"), machine.run(script, "node").program());
    }

    @Test
    void aLinkLeadsToTheTree() throws Exception {
        jdk();
        Path script = machine.installed();
        Path link = Files.createSymbolicLink(machine.path.resolve("guix-p2p"), script);
        assertEquals(List.of(CLI, "node"), machine.run(link, "node").program());
    }

    @Test
    void aTreeElsewhereCanBeNamed() throws Exception {
        jdk();
        Path script = machine.installed();
        Path elsewhere = machine.root.resolve("elsewhere");
        machine.environment.put("GUIX_P2P_HOME", elsewhere.toString());
        Outcome missing = machine.run(script, "node");
        assertEquals(1, missing.status());
        assertTrue(missing.err().startsWith("guix-p2p: " + elsewhere + "/lib does not hold the program"),
                missing.err());
        Files.createDirectories(elsewhere);
        Files.move(machine.root.resolve("usr/share/guix-p2p/lib"), elsewhere.resolve("lib"));
        Outcome outcome = machine.run(script, "node");
        assertEquals(List.of(CLI, "node"), outcome.program());
        assertTrue(outcome.options().contains("-Dguixp2p.extensions=" + elsewhere + "/guix/extensions"));
    }

    @Test
    void aCheckoutIsBuiltOnceAndThenWhenASourceIsNewer() throws Exception {
        jdk();
        machine.maven();
        Path script = machine.checkout();
        Outcome first = machine.run(script, "node");
        assertEquals(List.of(CLI, "node"), first.program());
        assertEquals("guix-p2p: building for the first time; this takes a few minutes\n" + TRAINS + "LC_ALL=C.UTF-8\n",
                first.err());
        assertEquals(List.of("mvn -B -q -DskipTests package", "train"), machine.logged());
        assertTrue(loads(first, script.resolveSibling("vm-harness/target/dist/node.aot")));
        assertEquals("LC_ALL=C.UTF-8\n", machine.run(script, "demo").err());
        assertEquals(2, machine.logged().size());
        for (String source : List.of("pom.xml", "node/pom.xml", "node/src/main/java/A.java", "node/src/main/java")) {
            int before = machine.logged().size();
            LauncherFixture.age(script.resolveSibling("vm-harness/target/dist/stamp"), 100);
            assertEquals("LC_ALL=C.UTF-8\n", machine.run(script, "node").err(), source);
            LauncherFixture.age(script.resolveSibling(source), 50);
            assertEquals("guix-p2p: sources have changed: building\n" + TRAINS + "LC_ALL=C.UTF-8\n",
                    machine.run(script, "node").err());
            assertEquals(before + 2, machine.logged().size(), source);
            LauncherFixture.age(script.resolveSibling(source), 500);
        }
        assertFalse(Files.exists(script.resolveSibling("vm-harness/target/building")));
    }

    @Test
    void aCheckoutWhoseNodesCannotBeTrainedForRunsAllTheSame() throws Exception {
        jdk();
        machine.maven();
        machine.environment.put("UNTRAINABLE", "yes");
        Path script = machine.checkout();
        Outcome outcome = machine.run(script, "node");
        assertEquals(List.of(CLI, "node"), outcome.program());
        assertTrue(outcome.err().contains("none can be made"), outcome.err());
        assertEquals("LC_ALL=C.UTF-8\n", machine.run(script, "node").err());
        assertEquals(2, machine.logged().size());
    }

    @Test
    void aFailedBuildShowsItsOutputAndIsTriedAgain() throws Exception {
        jdk();
        machine.program(machine.path.resolve("mvn"), "echo said by Maven", "echo tried >> \"$LOG\"", "exit 1");
        Path script = machine.checkout();
        for (int i = 1; i <= 2; i++) {
            Outcome outcome = machine.run(script, "node");
            assertEquals(1, outcome.status());
            assertEquals(List.of(), outcome.out());
            assertTrue(outcome.err().endsWith("said by Maven\nguix-p2p: the build has failed\n"), outcome.err());
            assertEquals(i, machine.logged().size());
            assertFalse(Files.exists(script.resolveSibling("vm-harness/target/building")));
        }
    }

    @Test
    void withoutMavenItSaysWhatToInstall() throws Exception {
        jdk();
        Outcome outcome = machine.run(machine.checkout(), "node");
        assertEquals(1, outcome.status());
        assertEquals("guix-p2p: Maven is needed to build; install it (apt install maven, or 'guix install maven')\n",
                outcome.err());
    }

    @Test
    void launchersAtTheSameTimeBuildOnce() throws Exception {
        jdk();
        machine.maven();
        Path script = machine.checkout();
        try (var pool = Executors.newFixedThreadPool(4)) {
            Callable<Outcome> launch = () -> machine.run(script, "node");
            for (Future<Outcome> done : pool.invokeAll(List.of(launch, launch, launch, launch))) {
                assertEquals(List.of(CLI, "node"), done.get().program());
            }
        }
        assertEquals(List.of("mvn -B -q -DskipTests package", "train"), machine.logged());
    }

    @Test
    void theLockOfAKilledLauncherIsTakenOver() throws Exception {
        jdk();
        machine.maven();
        Path script = machine.checkout();
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Path lock = Files.createDirectories(script.resolveSibling("vm-harness/target/building"));
        Files.writeString(lock.resolve("pid"), gone.pid() + "\n");
        assertEquals(List.of(CLI, "node"), machine.run(script, "node").program());
        assertEquals(List.of("mvn -B -q -DskipTests package", "train"), machine.logged());
    }

    @Test
    void theScriptIsCleanInShellchecksEyes() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/shellcheck")), "shellcheck is not installed");
        for (String script : List.of("../guix-p2p")) {
            Process check = new ProcessBuilder("shellcheck", script).redirectErrorStream(true).start();
            String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, check.waitFor(), said);
        }
    }
}
