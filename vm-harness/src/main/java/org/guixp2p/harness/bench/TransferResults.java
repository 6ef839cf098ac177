// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.guixp2p.harness.world.TreeItem;
import org.jspecify.annotations.Nullable;

/** What has come out of the runs so far; a report can be made at any time. */
final class TransferResults {
    private static final double MIB = 1 << 20;
    private static final double MILLI = 1e3;
    private static final double KEPT_DIGITS = 1e4;

    private final TransferPlan plan;
    private final List<String> failures = new ArrayList<>();
    private final List<Transfer.Outcome> outcomes = new ArrayList<>();
    private final List<Double> alone = new ArrayList<>();
    private final Map<String, List<Double>> rivals = new LinkedHashMap<>();
    private final Map<String, String> missing = new LinkedHashMap<>();
    private Optional<TreeItem> item = Optional.empty();
    private long zstdBytes;
    private int leftRunning;

    TransferResults(TransferPlan plan) {
        this.plan = plan;
    }

    void fail(String what) {
        failures.add(what);
    }

    void item(TreeItem made, long zstd) {
        item = Optional.of(made);
        zstdBytes = zstd;
    }

    void run(Transfer.Outcome outcome) {
        outcomes.add(outcome);
        failures.addAll(outcome.failures());
    }

    /** One fetcher without the others. */
    void alone(Transfer.Outcome outcome) {
        alone.add(outcome.seconds());
        failures.addAll(outcome.failures());
    }

    void rival(String name, double seconds) {
        rivals.computeIfAbsent(name, _ -> new ArrayList<>()).add(seconds);
    }

    /** That another program does not run, or not any more. */
    void missing(String name, String why) {
        missing.put(name, why);
    }

    boolean isMissing(String name) {
        return missing.containsKey(name);
    }

    /** Looks whether all processes have ended, those included that they may have started. */
    void ended() {
        leftRunning = (int) ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).count();
        if (leftRunning > 0) {
            fail(leftRunning + " processes are left running");
        }
    }

    /** That with the median time; of an even number, the faster of the two in the middle. */
    static Optional<Transfer.Outcome> median(List<Transfer.Outcome> all) {
        return all.stream().sorted(Comparator.comparingDouble(Transfer.Outcome::seconds))
                .skip(Math.max(0, (all.size() - 1) / 2)).findFirst();
    }

    /** The middle one; of an even number, the smaller of the two in the middle; 0 of none. */
    static double medianOf(List<Double> all) {
        return all.stream().sorted().skip(Math.max(0, (all.size() - 1) / 2)).findFirst().orElse(0.0);
    }

    /** What is known by now. */
    TransferReport report() {
        Transfer.Outcome median = median(outcomes).orElseGet(TransferResults::nothing);
        long bytes = item.map(each -> each.nar().size().bytes()).orElse(0L);
        double seconds = median.seconds();
        return new TransferReport(failures.isEmpty() && outcomes.size() == plan.runs(), failures,
                plan.data().toString(), item.map(TreeItem::origin).orElse(""), bytes, plan.warmUp().bytes(),
                plan.seeders(), plan.fetchers(),
                plan.rate().bytes(), plan.delay().duration().toMillis(),
                plan.loss().map(Object::toString).orElse(null), outcomes.size(), rounded(seconds),
                rate(bytes, seconds), share(bytes, seconds),
                median.wireBytes().isPresent() ? median.wireBytes().getAsLong() : null, wireBytesFrom(), zstdBytes,
                median.duplicatedBytes(), median.requeuedBlocks(),
                median.firstByteSeconds().isPresent()
                        ? rounded(median.firstByteSeconds().getAsDouble() * MILLI)
                        : null,
                rounded(median.peakRssMib()), median.rssMib(), rounded(median.stalledMillis()),
                median.fetcherSeconds().stream().map(TransferResults::rounded).toList(),
                alone.isEmpty() ? null : rounded(medianOf(alone)),
                outcomes.stream().map(outcome -> rounded(outcome.seconds())).toList(), against(bytes, seconds),
                new LinkedHashMap<>(missing), leftRunning);
    }

    private static Transfer.Outcome nothing() {
        return new Transfer.Outcome(List.of(), OptionalDouble.empty(), OptionalLong.empty(), 0, 0,
                0, List.of(), 0, List.of());
    }

    private String wireBytesFrom() {
        return !plan.isRelayed() ? "tcp_info" : plan.fetchers() > 1 ? "relay and tcp_info" : "relay";
    }

    private @Nullable Double share(long bytes, double seconds) {
        double capacity = plan.capacity(seconds);
        return capacity > 0 ? rounded(bytes / capacity) : null;
    }

    private Map<String, TransferReport.Rate> against(long bytes, double seconds) {
        Map<String, TransferReport.Rate> rates = new LinkedHashMap<>();
        rivals.forEach((name, all) -> {
            double own = medianOf(all);
            rates.put(name, new TransferReport.Rate(rate(bytes, own), seconds > 0 ? rounded(own / seconds) : 0,
                    rounded(own), all.stream().map(TransferResults::rounded).toList()));
        });
        return rates;
    }

    private static double rate(long bytes, double seconds) {
        return seconds > 0 ? rounded(bytes / MIB / seconds) : 0;
    }

    private static double rounded(double value) {
        return Math.round(value * KEPT_DIGITS) / KEPT_DIGITS;
    }
}
