// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.guixp2p.harness.micro.FrameCodecBenchmark;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench micro}. */
@Command(name = "micro", description = "Measure single parts by JMH: the block scheduler, the frame codec, the NAR index, the signature check, peers' inventories.")
final class MicroCommand implements Callable<Integer> {
    private static final int ITERATIONS = 5;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "PATTERN", arity = "0..1", defaultValue = "", description = "A regular expression that is found in the names of those to run (default: all).")
    private String pattern = "";

    @Option(names = "--quick", description = "One short iteration each: whether they run, not how fast.")
    private boolean quick;

    @Option(names = "--result", paramLabel = "FILE", description = "Write JMH's result as JSON there too.")
    private @Nullable Path result;

    @Override
    public Integer call() {
        ChainedOptionsBuilder options = new OptionsBuilder().include("\\." + FrameCodecBenchmark.class.getPackageName()
                .replaceFirst(".*\\.", "") + "\\..*" + pattern).forks(quick ? 0 : 1)
                .warmupIterations(quick ? 0 : ITERATIONS).measurementIterations(quick ? 1 : ITERATIONS)
                .warmupTime(TimeValue.seconds(1))
                .measurementTime(quick ? TimeValue.milliseconds(10) : TimeValue.seconds(1))
                .shouldFailOnError(true);
        if (result != null) {
            options.resultFormat(ResultFormatType.JSON).result(result.toString());
        }
        try {
            return new Runner(options.build()).run().isEmpty() ? BenchCommand.FAILED : BenchCommand.HELD;
        } catch (RunnerException e) {
            spec.commandLine().getErr().println("guix-p2p: " + e.getMessage());
            spec.commandLine().getErr().flush();
            return BenchCommand.FAILED;
        }
    }
}
