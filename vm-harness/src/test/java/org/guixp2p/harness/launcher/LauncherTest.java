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

    @Test
    void theSubstituterNeverBuilds() throws Exception {
        jdk();
        machine.maven();
        Outcome outcome = machine.run(machine.checkout(), "substitute", "--query");
        assertEquals(1, outcome.status());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().contains("--version"), outcome.err());
        assertEquals(List.of(), machine.logged());
    }

    @ParameterizedTest
    @ValueSource(strings = {"authenticate", "offload", "perform-download"})
    void whatIsForGuixGoesToGuix(String word) throws Exception {
        Path script = machine.installed();
        Outcome none = machine.run(script, word, "x");
        if (none.status() != 0) {
            assertTrue(none.err().startsWith("guix-p2p: '" + word + "' is for Guix itself"), none.err());
        }
        machine.program(machine.path.resolve("guix"), "printf '%s\\n' guix \"$@\"");
        assertEquals(List.of("guix", word, "x y"), machine.run(script, word, "x y").out());
        machine.environment.put("GUIX_P2P_BUILTIN", machine.path.resolve("guix") + " --extra");
        assertEquals(List.of("guix", "--extra", word, "x y"), machine.run(script, word, "x y").out());
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
        assertEquals("guix-p2p: building for the first time; this takes a few minutes\nLC_ALL=C.UTF-8\n", first.err());
        assertEquals(List.of("mvn -B -q -DskipTests package"), machine.logged());
        assertEquals("LC_ALL=C.UTF-8\n", machine.run(script, "demo").err());
        assertEquals(1, machine.logged().size());
        for (String source : List.of("pom.xml", "node/pom.xml", "node/src/main/java/A.java", "node/src/main/java")) {
            int before = machine.logged().size();
            LauncherFixture.age(script.resolveSibling("vm-harness/target/dist/stamp"), 100);
            assertEquals("LC_ALL=C.UTF-8\n", machine.run(script, "node").err(), source);
            LauncherFixture.age(script.resolveSibling(source), 50);
            assertEquals("guix-p2p: sources have changed: building\nLC_ALL=C.UTF-8\n",
                    machine.run(script, "node").err());
            assertEquals(before + 1, machine.logged().size(), source);
            LauncherFixture.age(script.resolveSibling(source), 500);
        }
        assertFalse(Files.exists(script.resolveSibling("vm-harness/target/building")));
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
        assertEquals(1, machine.logged().size());
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
        assertEquals(1, machine.logged().size());
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
