// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.guixp2p.harness.bench.rivals.Rival;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Loss;
import org.guixp2p.harness.units.Span;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench transfer}. */
@Command(name = "transfer", description = {
    "Measure how long an item takes from seeders to the verified, restored tree.",
    "A substitute server, seeders and fetchers run in processes of their own on loopback. Where there is something to shape or "
            + "to delay, a relay stands before each seeder."})
final class TransferCommand implements Callable<Integer> {
    private static final String ALL = "all";
    private static final long LARGEST = 64L << 30;
    private static final long WARM_UP = 384L << 20;
    private static final long WARM_UP_SECONDS = 12;
    private static final int MOST_SEEDERS = 64;
    private static final int MOST_FETCHERS = 32;
    private static final int MOST_RUNS = 100;
    private static final Duration MOST_DELAY = Duration.ofSeconds(10);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "256MiB", description = "Bytes of files, from 1B to 64GiB (default: ${DEFAULT-VALUE}).")
    private ByteCount size = new ByteCount(0);

    @Option(names = "--data", paramLabel = "KIND", defaultValue = "random", description = "'random', or 'package': files of this machine's JDK, /usr/lib and /usr/share/doc (default: ${DEFAULT-VALUE}).")
    private Data data = Data.RANDOM;

    @Option(names = "--seeders", paramLabel = "N", defaultValue = "3", description = "How many, from 1 to 64 (default: ${DEFAULT-VALUE}).")
    private int seeders;

    @Option(names = "--fetchers", paramLabel = "N", defaultValue = "1", description = "How many fetch at once, from 1 to 32 (default: ${DEFAULT-VALUE}). With several, one alone is measured too.")
    private int fetchers;

    @Option(names = "--rate", paramLabel = "RATE", description = "What each seeder's link carries, such as 40Mbit/s or 5MB/s (default: no bound).")
    private @Nullable BitRate rate;

    @Option(names = "--delay", paramLabel = "TIME", defaultValue = "0ms", description = "What is added to a round trip, half of it each way, such as 50ms (default: ${DEFAULT-VALUE}).")
    private Span delay = new Span(Duration.ZERO);

    @Option(names = "--loss-of", paramLabel = "SEEDERS@SECOND", description = "Kill so many seeders so many seconds after the request.")
    private @Nullable Loss loss;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "1", description = "How many, from 1 to 100; the median is shown (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(names = "--warm-up", paramLabel = "SIZE", description = "Another item that fetchers get before, as nodes and their helpers run for long; 1B for a cold start (default: what the links carry in 12 s, at most 384MiB).")
    private @Nullable ByteCount warmUp;

    @Option(names = "--against", paramLabel = "NAME", arity = "0..1", split = ",", fallbackValue = ALL, description = "Let others send the same, run by run: curl (from nginx, then sha256sum), curl-tee (from nginx, hashed meanwhile), aria2c, libtorrent; without a name, all. What is not installed is left out.")
    private List<String> against = new ArrayList<>();

    @Override
    public Integer call() {
        TransferPlan plan = plan();
        PrintWriter out = spec.commandLine().getOut();
        try {
            TransferReport report = new TransferBench(plan, Programs.ofThisProcess(), options.steps(spec)).run();
            if (options.json()) {
                out.println(report.json());
            } else {
                out.println();
                TransferSummary.of(report).forEach(out::println);
            }
            out.flush();
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private TransferPlan plan() {
        within("--size", size.bytes() >= 1 && size.bytes() <= LARGEST, "from 1B to 64GiB", size);
        ByteCount before = warmUp();
        within("--warm-up", before.bytes() >= 1 && before.bytes() <= LARGEST, "from 1B to 64GiB", before);
        within("--seeders", seeders >= 1 && seeders <= MOST_SEEDERS, "from 1 to " + MOST_SEEDERS, seeders);
        within("--fetchers", fetchers >= 1 && fetchers <= MOST_FETCHERS, "from 1 to " + MOST_FETCHERS, fetchers);
        within("--runs", runs >= 1 && runs <= MOST_RUNS, "from 1 to " + MOST_RUNS, runs);
        within("--delay", delay.duration().compareTo(MOST_DELAY) <= 0, "up to 10s", delay);
        Optional<Loss> lost = Optional.ofNullable(loss);
        within("--loss-of", lost.map(Loss::seeders).orElse(0) < seeders, "fewer than all " + seeders + " seeders",
                String.valueOf(loss));
        options.check(spec);
        return new TransferPlan(size, before, data, seeders, fetchers, rate == null ? new BitRate(0) : rate, delay,
                lost, runs, options.seed(), rivals(), options.parent());
    }

    private ByteCount warmUp() {
        if (warmUp != null) {
            return warmUp;
        }
        return new ByteCount(rate == null ? WARM_UP : Math.clamp(WARM_UP_SECONDS * seeders * rate.bytes(), 1, WARM_UP));
    }

    private List<String> rivals() {
        if (against.contains(ALL)) {
            within("--against", fetchers == 1, "one fetcher", fetchers + " of them");
            return Rival.NAMES;
        }
        for (String name : against) {
            within("--against", Rival.NAMES.contains(name), "any of " + String.join(", ", Rival.NAMES), name);
            within("--against", fetchers == 1, "one fetcher", fetchers + " of them");
        }
        return against.stream().distinct().toList();
    }

    private void within(String option, boolean is, String what, Object found) {
        BenchOptions.check(spec, option, is, what, found);
    }
}
