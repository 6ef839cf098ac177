// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** All fuzz targets of a module, each fuzzed in a JVM of its own for as long as {@code -Dfuzz.seconds} says. */
public final class FuzzTargets {
    private static final String SUFFIX = "FuzzTest.class";

    private FuzzTargets() {}

    /** The targets among the test classes with which {@code one} of them was compiled. */
    public static List<DynamicTest> with(Class<?> one) throws Exception {
        Path classes = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<DynamicTest> tests = new ArrayList<>();
        for (String name : names(classes)) {
            for (Method method : Class.forName(name).getDeclaredMethods()) {
                if (method.isAnnotationPresent(FuzzTest.class)) {
                    String target = method.getDeclaringClass().getSimpleName() + "." + method.getName();
                    tests.add(DynamicTest.dynamicTest(target, () -> fuzz(method)));
                }
            }
        }
        assertFalse(tests.isEmpty(), "no fuzz target in " + classes);
        return tests;
    }

    private static List<String> names(Path classes) throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            return files.map(file -> classes.relativize(file).toString()).filter(file -> file.endsWith(SUFFIX))
                    .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.')).sorted()
                    .toList();
        }
    }

    /** Inputs that make a target fail are left where the next run of the tests finds them. */
    private static void fuzz(Method target) throws Exception {
        String seconds = System.getProperty("fuzz.seconds", "20");
        ChildJvm.Result result = new ChildJvm().environment("JAZZER_FUZZ", "1").quickly()
                .patience(Long.parseLong(seconds) + 120)
                .run(FuzzMain.class, target.getDeclaringClass().getName(), target.getName(), seconds);
        assertEquals(0, result.exit(), () -> withoutNoise(result.output()));
        // A line such as "Done 73327 runs in 21 second(s)" says that it was fuzzed at all.
        List<String> done = result.output().lines().filter(line -> line.startsWith("Done ")).toList();
        assertEquals(1, done.size(), () -> withoutNoise(result.output()));
        System.out.println(target.getDeclaringClass().getSimpleName() + "." + target.getName() + ": "
                + done.getFirst());
    }

    private static String withoutNoise(String output) {
        return output.lines().filter(line -> !line.startsWith("INFO: Instrumented")).reduce("",
                (text, line) -> text + line + "\n");
    }
}
