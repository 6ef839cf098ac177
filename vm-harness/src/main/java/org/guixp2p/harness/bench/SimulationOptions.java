// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.PrintWriter;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of every simulation, and how it says what happens and what comes of it. */
public final class SimulationOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "What chance begins with (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    /** What chance begins with. */
    public long seed() {
        return seed;
    }

    /**
     * Refuses a value.
     *
     * @param is whether it is one of those that may be
     * @param what those are
     */
    public void check(String option, boolean is, String what, @Nullable Object found) {
        BenchOptions.check(spec, option, is, what, found);
    }

    /** Where to say what happens. */
    public Consumer<String> steps() {
        return BenchOptions.steps(spec, json);
    }

    /**
     * Prints what came of it.
     *
     * @param object in JSON
     * @param line for people
     */
    public void print(String object, String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? object : "  " + line);
        out.flush();
    }
}
