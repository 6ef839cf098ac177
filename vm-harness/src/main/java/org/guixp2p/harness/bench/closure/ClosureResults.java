// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gathers what runs brought, and makes figures of it. */
final class ClosureResults {
    private static final double MILLIS = 1e3;
    private static final double KEPT_DIGITS = 1e3;

    private final ClosurePlan plan;
    private final List<String> failures = new ArrayList<>();
    private final Map<Shape, List<Asked>> node = new EnumMap<>(Shape.class);
    private final Map<Shape, List<Asked>> http = new EnumMap<>(Shape.class);
    private Optional<Closure> closure = Optional.empty();
    private @Nullable Double countedRoundTrips;

    ClosureResults(ClosurePlan plan) {
        this.plan = plan;
        for (Shape shape : Shape.values()) {
            node.put(shape, new ArrayList<>());
            http.put(shape, new ArrayList<>());
        }
    }

    /** Something does not hold. */
    void fail(String what) {
        failures.add(what);
    }

    /** What is asked for. */
    void closure(Closure made) {
        closure = Optional.of(made);
    }

    /** A node has been asked. */
    void node(Shape shape, Asked asked) {
        node.getOrDefault(shape, List.of()).add(asked);
    }

    /** Whoever the node is measured against has. */
    void http(Shape shape, Asked asked) {
        http.getOrDefault(shape, List.of()).add(asked);
    }

    /** A walk needs so many. */
    void countedRoundTrips(double counted) {
        countedRoundTrips = rounded(counted);
    }

    /** What is known by now. */
    ClosureReport report(int leftRunning) {
        long bytes = closure.map(Closure::narBytes).orElse(0L);
        Map<String, ClosureReport.OfShape> shapes = new LinkedHashMap<>();
        for (Shape shape : Shape.values()) {
            shapes.put(shape.toString(), ofShape(shape, bytes));
        }
        ClosureReport.OfShape walk = ofShape(Shape.WALK, bytes);
        int expected = plan.runs() * Shape.values().length;
        boolean complete = all(node) == expected && (plan.against().isEmpty() || all(http) == expected);
        return new ClosureReport(failures.isEmpty() && complete, failures, plan.items(), plan.sizes().toString(),
                closure.map(Closure::depth).orElse(0), bytes, closure.map(Closure::medianBytes).orElse(0L),
                plan.delay().duration().toMillis(), plan.rate().bytes(), plan.seeders(), plan.runs(),
                plan.against().map(Against::toString).orElse(null), guixVersion(), walk.nodeSeconds(),
                walk.httpSeconds(), walk.speedup(), walk.walkSeconds(), walk.walkRoundTrips(), countedRoundTrips,
                walk.linkShare(),
                walk.itemsLinkShare(), shapes, leftRunning);
    }

    private @Nullable String guixVersion() {
        return plan.against().orElse(null) instanceof Against.Guix(var guix) ? guix.version() : null;
    }

    private static int all(Map<Shape, List<Asked>> side) {
        return side.values().stream().mapToInt(List::size).sum();
    }

    private ClosureReport.OfShape ofShape(Shape shape, long bytes) {
        List<Asked> own = node.getOrDefault(shape, List.of());
        List<Asked> others = http.getOrDefault(shape, List.of());
        Asked median = median(own).orElse(new Asked(0, 0, 0, List.of()));
        Optional<Asked> other = median(others);
        double seconds = median.seconds();
        Double speedup = other.isPresent() && seconds > 0 ? rounded(other.get().seconds() / seconds) : null;
        return new ClosureReport.OfShape(rounded(seconds), other.map(each -> rounded(each.seconds())).orElse(null),
                speedup, rounded(median.walkSeconds()), roundTrips(median.walkSeconds()), share(bytes, seconds),
                share(bytes, median.substituteSeconds()), phases(median),
                other.map(ClosureResults::phases).orElse(null), seconds(own), seconds(others));
    }

    private @Nullable Double roundTrips(double seconds) {
        long delay = plan.delay().duration().toMillis();
        return delay > 0 ? rounded(seconds * MILLIS / delay) : null;
    }

    private @Nullable Double share(long bytes, double seconds) {
        return plan.rate().bytes() > 0 && seconds > 0 ? rounded(bytes / (plan.rate().bytes() * seconds)) : null;
    }

    private static ClosureReport.Phases phases(Asked asked) {
        return new ClosureReport.Phases(rounded(asked.batchSeconds()), rounded(asked.walkSeconds()),
                rounded(asked.substituteSeconds()));
    }

    /** That with the median time; of an even number, the faster of the two in the middle. */
    private static Optional<Asked> median(List<Asked> all) {
        return all.stream().sorted(Comparator.comparingDouble(Asked::seconds)).skip(Math.max(0, (all.size() - 1) / 2))
                .findFirst();
    }

    private static List<Double> seconds(List<Asked> all) {
        return all.stream().map(each -> rounded(each.seconds())).toList();
    }

    private static double rounded(double value) {
        return Math.round(value * KEPT_DIGITS) / KEPT_DIGITS;
    }
}
