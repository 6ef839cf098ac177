// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.guixp2p.bridge.testing.RestorerUnderTest;
import org.guixp2p.protocol.item.StorePath;

/**
 * This module's restorer as it is installed: two jars, this module's and {@code protocol}'s and no other, and an AOT cache
 * that its own training made.
 */
final class JavaRestorer implements RestorerUnderTest {
    /** Those of the launcher. */
    private static final List<String> FLAGS = List.of("-Xlog:disable", "-XX:+UseSerialGC", "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED");
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final Path PLACE = Path.of("target", "restorer").toAbsolutePath();
    private static final Path CACHE = PLACE.resolve("restorer.aot");
    private static final String CLASS_PATH = classPath();

    static {
        train();
    }

    @Override
    public List<String> command() {
        return command(List.of());
    }

    /** Without the cache, which is for jars in their place. */
    @Override
    public List<String> commandFrom(Path directory) throws IOException {
        List<String> jars = new ArrayList<>();
        for (String jar : CLASS_PATH.split(File.pathSeparator, -1)) {
            jars.add(Files.copy(Path.of(jar), directory.resolve(Path.of(jar).getFileName())).toString());
        }
        List<String> words = new ArrayList<>(List.of(JAVA));
        words.addAll(FLAGS);
        words.addAll(List.of("-cp", String.join(File.pathSeparator, jars), SubstituteMain.class.getName()));
        return words;
    }

    /** The command with more of the JVM's options. */
    static List<String> command(List<String> options) {
        List<String> words = new ArrayList<>(List.of(JAVA));
        words.addAll(FLAGS);
        words.addAll(options);
        words.addAll(List.of("-XX:AOTCache=" + CACHE, "-cp", CLASS_PATH, SubstituteMain.class.getName()));
        return words;
    }

    @Override
    public Map<String, String> environment(Path builtin) {
        return Map.of("LC_ALL", "C.UTF-8", "GUIX_P2P_BUILTIN", builtin.toString());
    }

    private static String classPath() {
        try {
            Files.createDirectories(PLACE);
            return jar(SubstituteMain.class, "bridge.jar") + File.pathSeparator + jar(StorePath.class, "protocol.jar");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A jar of the classes that {@code type} is one of: the JDK notes nothing of directories. */
    private static Path jar(Class<?> type, String name) throws IOException, URISyntaxException {
        Path origin = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (Files.isRegularFile(origin)) {
            return origin;
        }
        Path jar = PLACE.resolve(name);
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> files = Files.walk(origin)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                entries.putNextEntry(new JarEntry(origin.relativize(file).toString()));
                Files.copy(file, entries);
            }
        }
        return jar;
    }

    private static void train() {
        try {
            Files.deleteIfExists(CACHE);
            List<String> words = new ArrayList<>(List.of(JAVA));
            words.addAll(FLAGS);
            words.addAll(List.of("-XX:AOTCacheOutput=" + CACHE, "-cp", CLASS_PATH, SubstituteMain.class.getName(),
                    "--train"));
            Path log = PLACE.resolve("training.log");
            Process training = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log.toFile())
                    .start();
            if (!training.waitFor(60, TimeUnit.SECONDS) || training.exitValue() != 0 || !Files.exists(CACHE)) {
                throw new AssertionError("training failed:\n" + Files.readString(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
