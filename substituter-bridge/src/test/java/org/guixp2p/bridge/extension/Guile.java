// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.extension;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.guixp2p.bridge.testing.RestorerUnderTest;

/** How Guile, with Guix's modules or with stand-ins for them, runs the extension that lies in some directory. */
final class Guile implements RestorerUnderTest {
    /** The extension as it lies in the repository. */
    static final Path SOURCE = Path.of("../guix/extensions").toAbsolutePath().normalize();

    private static final Path SCRIPTS = Path.of("src/test/guile").toAbsolutePath();
    private static final Path COMPILER = Path.of("../guix/compile-extension.scm").toAbsolutePath().normalize();
    private static final Modules MODULES = findModules();

    private final Path extensions;

    /** Whose modules the extension is run with. */
    private sealed interface Modules {
        /** Those in {@code src/test/guile}. */
        record StandIns() implements Modules {}

        /** Those of the tree that {@code GUIX_SRC} names, where Guix was built. */
        record SourceTree(Path directory) implements Modules {}

        /** Those of the {@code guix} command in {@code PATH}. */
        record Installed(Path guix) implements Modules {}
    }

    /**
     * @param extensions a directory whose name ends in {@code guix/extensions}
     */
    Guile(Path extensions) {
        this.extensions = extensions;
    }

    private static Modules findModules() {
        String tree = System.getenv("GUIX_SRC");
        if (tree != null && Files.exists(Path.of(tree, "guix", "ui.go"))) {
            return new Modules.SourceTree(Path.of(tree));
        }
        Optional<Path> guix = inPath("guix");
        return guix.isPresent() ? new Modules.Installed(guix.get()) : new Modules.StandIns();
    }

    /** The command {@code name}, if there is one. */
    static Optional<Path> inPath(String name) {
        return Stream.of(searchPath().split(File.pathSeparator)).map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable).findFirst();
    }

    private static String searchPath() {
        return System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    }

    /** Whether there is a Guile that has what the extension needs; for {@code @EnabledIf}. */
    static boolean isInstalled() {
        return switch (MODULES) {
            case Modules.Installed installed -> true;
            case Modules.SourceTree tree -> true;
            case Modules.StandIns standIns -> inPath("guile").isPresent()
                    && run(List.of("guile", "--no-auto-compile", "-c", "(use-modules (gcrypt hash))"), Map.of())
                            .isEmpty();
        };
    }

    /** Whether Guix's own modules are used. */
    static boolean hasGuix() {
        return !(MODULES instanceof Modules.StandIns);
    }

    /** For the log of the tests. */
    static String describe() {
        return switch (MODULES) {
            case Modules.Installed installed -> "Guix's modules are those of " + installed.guix();
            case Modules.SourceTree tree -> "Guix's modules are those of GUIX_SRC=" + tree.directory();
            case Modules.StandIns standIns -> "stand-ins serve for Guix's modules";
        };
    }

    /** The daemon of that Guix. */
    static Optional<Path> daemon() {
        return switch (MODULES) {
            case Modules.Installed installed -> inPath("guix-daemon");
            case Modules.SourceTree tree -> Optional.of(tree.directory().resolve("guix-daemon")).filter(Files::exists);
            case Modules.StandIns standIns -> Optional.empty();
        };
    }

    /** The command that runs a script with those modules; its name and its arguments follow. */
    static List<String> interpreter() {
        return switch (MODULES) {
            case Modules.Installed installed -> List.of(installed.guix().toString(), "repl", "--");
            case Modules.SourceTree tree -> List.of("guile", "--no-auto-compile", "-s");
            case Modules.StandIns standIns ->
                List.of("guile", "--no-auto-compile", "-L", SCRIPTS.resolve("modules").toString(), "-s");
        };
    }

    /** A script of {@code src/test/guile}. */
    static Path script(String name) {
        return SCRIPTS.resolve(name);
    }

    /** What those modules need to be found. */
    static Map<String, String> moduleEnvironment() {
        Map<String, String> environment = new TreeMap<>(Map.of("PATH", searchPath()));
        if (MODULES instanceof Modules.SourceTree tree) {
            environment.put("GUIX_UNINSTALLED", "1");
            environment.put("GUIX", tree.directory().resolve("scripts/guix").toString());
            for (String name : List.of("GUILE_LOAD_PATH", "GUILE_LOAD_COMPILED_PATH")) {
                String others = System.getenv(name);
                environment.put(name, tree.directory() + (others == null ? "" : File.pathSeparator + others));
            }
        }
        return environment;
    }

    @Override
    public List<String> command() {
        List<String> words = new ArrayList<>(interpreter());
        words.addAll(List.of(script("guix.scm").toString(), SCRIPTS.toString(), "substitute"));
        return words;
    }

    @Override
    public List<String> commandFrom(Path directory) {
        List<String> words = new ArrayList<>(List.of("env", "GUIX_EXTENSIONS_PATH=" + copyTo(directory)));
        words.addAll(command());
        return words;
    }

    @Override
    public Map<String, String> environment(Path builtin) {
        return environment();
    }

    /** What the extension needs to be found, besides {@link #moduleEnvironment}. */
    Map<String, String> environment() {
        Map<String, String> environment = moduleEnvironment();
        environment.put("GUIX_EXTENSIONS_PATH", extensions.toString());
        return environment;
    }

    /**
     * Copies the extension below {@code directory}.
     *
     * @return the copy
     */
    static Path copyTo(Path directory) {
        Path copy = directory.resolve("guix/extensions");
        try (Stream<Path> files = Files.walk(SOURCE)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = copy.resolve(SOURCE.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (file.toString().endsWith(".scm")) {
                    Files.write(target, Files.readAllBytes(file));
                    // Compiled later, and so that it counts as such.
                    Files.setLastModifiedTime(target, FileTime.fromMillis(0));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return copy;
    }

    /**
     * Compiles the extension in {@code extensions}.
     *
     * @return the compiler's warnings
     */
    static String compile(Path extensions) {
        List<String> words = new ArrayList<>(interpreter());
        words.addAll(List.of(COMPILER.toString(), extensions.toString()));
        return run(words, moduleEnvironment());
    }

    /** What {@code command} prints, and if it fails, that it has. */
    static String run(List<String> command, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            int status = process.waitFor();
            return status == 0 ? output : output + command.getFirst() + " ended with status " + status + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
