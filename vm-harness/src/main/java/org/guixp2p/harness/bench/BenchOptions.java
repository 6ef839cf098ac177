// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of every measurement. */
public final class BenchOptions {
    @Option(names = "--json", description = "Print one JSON object instead of text; what happens goes to standard error.")
    private boolean json;

    @Option(names = "--seed", paramLabel = "NUMBER", defaultValue = "1", description = "What random data is made from (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--dir", paramLabel = "DIR", description = "Where to make the work directory (default: the one for temporary files).")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    /** Whether to print JSON. */
    public boolean json() {
        return json;
    }

    /** What chance begins with. */
    public long seed() {
        return seed;
    }

    /** Where to make the work directory. */
    public Path parent() {
        return parent;
    }

    /** Refuses what no measurement can do with. */
    public void check(CommandSpec spec) {
        if (!parent.toFile().isDirectory()) {
            throw new ParameterException(spec.commandLine(), "--dir: no directory: " + parent);
        }
    }

    /**
     * Refuses a value.
     *
     * @param is whether it is one of those that may be
     * @param what those are
     */
    public static void check(CommandSpec spec, String option, boolean is, String what, @Nullable Object found) {
        if (!is) {
            throw new ParameterException(spec.commandLine(), option + ": " + what + ", not " + found);
        }
    }

    /** Where to say what happens. */
    public Consumer<String> steps(CommandSpec spec) {
        return steps(spec, json);
    }

    /** Likewise, beside what is printed in JSON or for people. */
    static Consumer<String> steps(CommandSpec spec, boolean json) {
        PrintWriter to = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
        return step -> {
            to.println("guix-p2p bench: " + step);
            to.flush();
        };
    }
}
