// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How the programs of this project are started: by the JDK that runs this one, and from the same jars.
 *
 * @param java the {@code java} command
 * @param classPath absolute, as programs are started in other directories
 */
public record JavaCommand(Path java, String classPath) {
    /** As this process was started. */
    public static JavaCommand ofThisProcess() {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
        return new JavaCommand(Path.of(System.getProperty("java.home"), "bin", "java"), classPath);
    }

    /** The words that run {@code mainClass}. */
    public List<String> words(List<String> options, String mainClass, List<String> arguments) {
        List<String> words = new ArrayList<>();
        words.add(java.toString());
        words.addAll(options);
        words.addAll(List.of("-cp", classPath, mainClass));
        words.addAll(arguments);
        return List.copyOf(words);
    }
}
