// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.harness.process.JavaCommand;
import org.guixp2p.harness.process.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a JVM is told stands in several places, none of which can read it from another: whoever changes it in one has to change
 * it in all, or what is measured and tested is not what users have.
 */
@Timeout(120)
class JvmOptionsTest {
    private static final Path SERVICE = Path.of("../guix/modules/guix/services/guix-p2p.scm");
    private static final Path NODE_PROCESS = Path
            .of("../multi-node-tests/src/test/java/org/guixp2p/multinode/NodeProcess.java");
    private static final Pattern QUOTED = Pattern.compile("\"(-[^\"]+)\"");
    private static final String DIRECTIVES = "-XX:CompilerDirectivesFile=";
    /** Only beside jars is there a file for the compilers. */
    private static final Set<String> FOR_ARITHMETIC = Set.of("-XX:+UnlockDiagnosticVMOptions",
            "-XX:+DisplayVMOutputToStderr", DIRECTIVES);
    /** Where native code does the arithmetic. */
    private static final String QUICK = "-XX:TieredStopAtLevel=1";
    private static final Set<String> ALL_QUICK = Set.of(QUICK, "-XX:ReservedCodeCacheSize=240m");
    private static final Programs FROM_CLASSES = new Programs(Optional.empty(), Optional.empty(),
            JavaCommand.ofThisProcess());

    @TempDir
    Path directory;

    private LauncherFixture machine;

    @BeforeEach
    void machine() throws IOException {
        machine = new LauncherFixture(directory);
        machine.jdk(machine.jvms().resolve("jdk"), "25");
    }

    /** Without what is each place's own: caches, logs, and where the program lies. */
    private static Set<String> shared(Stream<String> options) {
        return options.filter(option -> option.startsWith("-") && Stream.of("-XX:AOT", "-Xlog:", "-D")
                .noneMatch(option::startsWith))
                .map(option -> option.startsWith(DIRECTIVES) ? DIRECTIVES : option)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> launched(String... words) throws Exception {
        Set<String> options = shared(machine.run(machine.installed(), words).options().stream());
        assertFalse(options.isEmpty());
        return options;
    }

    private static Set<String> beforeClassPath(List<String> command) {
        return shared(command.subList(0, command.indexOf("-cp")).stream());
    }

    /** The options that a source names as texts, from a place on up to the class path. */
    private static Set<String> quoted(Path source, String from) throws IOException {
        String text = Files.readString(source);
        int begin = text.indexOf(from);
        int end = text.indexOf("\"-cp\"", begin);
        assertTrue(begin >= 0 && end > begin, () -> source + " does not say " + from);
        return shared(QUOTED.matcher(text.substring(begin, end)).results().map(found -> found.group(1)));
    }

    private static Set<String> with(Set<String> options, Collection<String> more) {
        Set<String> all = new TreeSet<>(options);
        all.addAll(more);
        return all;
    }

    /** Puts the native code for a processor, as {@code uname -m} names it, beside the jars. */
    private void nativeCode(Path launcher, String processor) throws IOException {
        Files.writeString(launcher.resolve("../../share/guix-p2p/lib").normalize()
                .resolve("AmazonCorrettoCryptoProvider-2.5.0-linux-" + processor + ".jar"), "as built");
    }

    @Test
    void aNodeHasTheSameOptionsHoweverItIsStarted() throws Exception {
        Set<String> everywhere = beforeClassPath(FROM_CLASSES.node(List.of("node")));
        assertEquals(with(everywhere, FOR_ARITHMETIC), launched("node"));
        assertEquals(with(with(everywhere, FOR_ARITHMETIC), ALL_QUICK), quoted(SERVICE, "\"/bin/java\")"));
        assertEquals(with(everywhere, ALL_QUICK), quoted(NODE_PROCESS, "AS_LAUNCHED ="));
    }

    @Test
    void aNodeWithNativeCodeForItsProcessorIsCompiledQuickly() throws Exception {
        machine.program(machine.path.resolve("uname"), "echo aarch64");
        Path launcher = machine.installed();
        nativeCode(launcher, "x86_64");
        Set<String> everywhere = beforeClassPath(FROM_CLASSES.node(List.of("node")));
        assertEquals(with(everywhere, FOR_ARITHMETIC), shared(machine.run(launcher, "node").options().stream()));
        nativeCode(launcher, "aarch_64");
        assertEquals(with(everywhere, ALL_QUICK), shared(machine.run(launcher, "node").options().stream()));
    }

    @Test
    void onlyANodeIsToldWhatToCompile() throws Exception {
        Path launcher = machine.installed();
        nativeCode(launcher, "x86_64");
        nativeCode(launcher, "aarch_64");
        Set<String> launched = shared(machine.run(launcher, "limits").options().stream());
        assertTrue(with(FOR_ARITHMETIC, ALL_QUICK).stream().noneMatch(launched::contains), launched.toString());
    }

    @Test
    void aSubstituterHasTheSameOptionsHoweverItIsStarted() throws Exception {
        Path launcher = machine.installed();
        for (String mode : List.of("--query", "--substitute")) {
            Set<String> options = shared(machine.run(launcher, "substitute", mode).options().stream());
            assertEquals(options, beforeClassPath(FROM_CLASSES.substituter(mode)), mode);
            assertEquals(mode.equals("--query"), options.contains(QUICK), options::toString);
        }
    }
}
