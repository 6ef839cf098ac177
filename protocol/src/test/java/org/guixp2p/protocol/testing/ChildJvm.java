// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a main class of the tests in a JVM of its own: as another user, in another locale, on another file system. */
public final class ChildJvm {

    private final List<String> wrapper = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>(Map.of("LC_ALL", "C.UTF-8"));
    private long deadlineSeconds = 60;
    private String tiers = "-XX:TieredStopAtLevel=1";
    private String nativeAccess = "--enable-native-access=ALL-UNNAMED";
    private String classPath = System.getProperty("java.class.path");

    /** What became of it. */
    public record Result(int exit, String output) {}

    /** Puts a command before the JVM's, which is to end in running it. */
    public ChildJvm under(String... command) {
        wrapper.addAll(Arrays.asList(command));
        return this;
    }

    public ChildJvm environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Forbids what a launcher has to allow. */
    public ChildJvm withoutNativeAccess() {
        nativeAccess = "--illegal-native-access=deny";
        return this;
    }

    /** Optimises what runs long. */
    public ChildJvm quickly() {
        tiers = "-XX:+TieredCompilation";
        return this;
    }

    /** Waits longer for its end. */
    public ChildJvm patience(long seconds) {
        deadlineSeconds = seconds;
        return this;
    }

    /** Takes this module's classes, and no others, from a copy in {@code directory}, which any user may read. */
    public ChildJvm classesCopiedTo(Path directory) throws IOException {
        for (String entry : List.of(classPath.split(":", -1))) {
            Path source = Path.of(entry);
            if (Files.isDirectory(source)) {
                copy(source, directory);
            }
        }
        classPath = directory.toString();
        return this;
    }

    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files.filter(path -> path.toString().endsWith(".class"))::iterator) {
                Path copy = target.resolve(source.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    /** Runs {@code main} to its end; standard output and error come back as one text. */
    public Result run(Class<?> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
                tiers, "-XX:+EnableDynamicAgentLoading", "--sun-misc-unsafe-memory-access=allow", nativeAccess, "-cp",
                classPath, main.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(deadlineSeconds, TimeUnit.SECONDS), "the child JVM does not end");
            return new Result(process.exitValue(), output);
        } finally {
            process.destroyForcibly();
        }
    }
}
