// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.jspecify.annotations.Nullable;

/** A {@link ClosureReport} for people. */
final class ClosureSummary {
    private final List<String> lines = new ArrayList<>();

    private ClosureSummary() {}

    /** The lines, without newlines. */
    static List<String> of(ClosureReport report) {
        ClosureSummary summary = new ClosureSummary();
        summary.line("closure", String.format(Locale.ROOT, "%d items, %d levels, %s of NARs, half of them below %s",
                report.items(), report.depth(), new ByteCount(report.bytes()), new ByteCount(report.medianBytes())));
        summary.line("links", String.format(Locale.ROOT, "%d seeders, %s together; %d ms more of a round trip",
                report.seeders(), new BitRate(report.rate()), report.delayMs()));
        report.shapes().forEach((name, shape) -> summary.shape(name, shape, other(report)));
        if (report.countedRoundTrips() != null) {
            summary.line("", String.format(Locale.ROOT, "a walk needs %.1f round trips, one after the other",
                    report.countedRoundTrips()));
        }
        summary.lines.add("");
        if (report.ok()) {
            summary.lines.add("All runs brought the originals.");
        } else {
            summary.lines.add("It does NOT hold:");
            report.failures().forEach(failure -> summary.lines.add("  - " + failure));
        }
        return List.copyOf(summary.lines);
    }

    private void line(String name, String text) {
        lines.add(String.format(Locale.ROOT, "  %-10s %s", name, text));
    }

    private static String other(ClosureReport report) {
        return report.guixVersion() == null ? "HTTP" : "Guix " + report.guixVersion();
    }

    private void shape(String name, ClosureReport.OfShape shape, String other) {
        line(name, String.format(Locale.ROOT, "guix-p2p %.2f s%s%s", shape.nodeSeconds(), phases(shape.node()),
                percent(shape.linkShare(), shape.itemsLinkShare())));
        if (shape.walkRoundTrips() != null) {
            line("", String.format(Locale.ROOT, "its walk took %.1f round trips", shape.walkRoundTrips()));
        }
        Double seconds = shape.httpSeconds();
        Double speedup = shape.speedup();
        if (seconds != null && speedup != null) {
            line("", String.format(Locale.ROOT, "%s %.2f s%s; guix-p2p is %.2f x as fast", other, seconds,
                    phases(shape.http()), speedup));
        }
    }

    private static String phases(ClosureReport.@Nullable Phases phases) {
        return phases == null
                ? ""
                : String.format(Locale.ROOT, " (%.2f all paths at once, %.2f path by path, %.2f items)",
                        phases.batchSeconds(), phases.walkSeconds(), phases.substituteSeconds());
    }

    private static String percent(@Nullable Double share, @Nullable Double ofItems) {
        return share == null || ofItems == null
                ? ""
                : String.format(Locale.ROOT, ", %.1f %% of what the links allow, %.1f %% while items come", 100 * share,
                        100 * ofItems);
    }
}
