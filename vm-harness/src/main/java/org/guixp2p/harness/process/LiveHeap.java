// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** What the live objects of another JVM take: the last line of {@code jcmd PID GC.class_histogram}, which collects before. */
public final class LiveHeap {
    private static final String TOTAL = "Total";

    private LiveHeap() {}

    /** In bytes; nothing where this JDK has no {@code jcmd}, or the process does not answer it. */
    public static OptionalLong ofProcess(long pid) throws InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(jcmd)) {
            return OptionalLong.empty();
        }
        try {
            Process process = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            List<String> lines;
            try (var out = process.inputReader(StandardCharsets.UTF_8)) {
                lines = out.lines().toList();
            }
            return process.waitFor() == 0 ? parse(lines) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong parse(List<String> histogram) {
        return histogram.stream().map(line -> line.strip().split("\\s+", -1))
                .filter(words -> words.length == 3 && words[0].equals(TOTAL))
                .mapToLong(words -> Long.parseLong(words[2])).findFirst();
    }
}
