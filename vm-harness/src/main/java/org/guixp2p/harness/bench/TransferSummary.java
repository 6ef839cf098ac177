// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.jspecify.annotations.Nullable;

/** A {@link TransferReport} for people. */
final class TransferSummary {
    private final TransferReport report;
    private final List<String> lines = new ArrayList<>();

    private TransferSummary(TransferReport report) {
        this.report = report;
    }

    /** The lines, without newlines. */
    static List<String> of(TransferReport report) {
        TransferSummary summary = new TransferSummary(report);
        summary.setting();
        summary.figures();
        summary.others();
        summary.verdict();
        return List.copyOf(summary.lines);
    }

    private void line(String name, String text) {
        lines.add(String.format(Locale.ROOT, "  %-10s %s", name, text));
    }

    private void setting() {
        line("item", String.format(Locale.ROOT, "%s of NAR, %s data: %s", new ByteCount(report.narBytes()),
                report.data(), report.origin()));
        line("links", String.format(Locale.ROOT, "%d seeders, %s each, %d ms more of a round trip%s", report.seeders(),
                report.rate() == 0 ? "no bound" : new BitRate(report.rate()).toString(), report.delayMs(),
                report.loss() == null ? "" : ", loss of " + report.loss()));
    }

    private void figures() {
        line("time",
                String.format(Locale.ROOT, "%.3f s: %.1f MiB/s%s; median of %s", report.seconds(),
                        report.mibPerSecond(),
                        percent(report.linkShare(), " of what the links allow"), report.runSeconds()));
        if (report.aloneSeconds() != null) {
            line("fetchers",
                    String.format(Locale.ROOT, "%d: %s s; one alone %.3f s", report.fetchers(), report.fetcherSeconds(),
                            report.aloneSeconds()));
        }
        Long wire = report.wireBytes();
        if (wire != null) {
            line("wire", String.format(Locale.ROOT, "%d bytes (%s): %.4f x the NAR, %.4f x its zstd -3", wire,
                    report.wireBytesFrom(),
                    wire / (double) Math.max(1, report.narBytes()), wire / (double) Math.max(1, report.zstd3Bytes())));
        }
        line("zstd -3", String.format(Locale.ROOT, "%d bytes: %.1f %% of the NAR", report.zstd3Bytes(),
                100.0 * report.zstd3Bytes() / Math.max(1, report.narBytes())));
        line("blocks", String.format(Locale.ROOT, "%d bytes came twice, %d asked for again", report.duplicatedBytes(),
                report.requeuedBlocks()));
        if (report.firstByteMs() != null) {
            line("first byte", String.format(Locale.ROOT, "%.1f ms after the request", report.firstByteMs()));
        }
        line("memory",
                String.format(Locale.ROOT, "%.0f MiB at most; in its course %s", report.peakRssMib(), report.rssMib()));
        if (report.relayStalledMs() > 0) {
            line("relay",
                    String.format(Locale.ROOT, "stood still %.1f ms for want of a processor", report.relayStalledMs()));
        }
    }

    private static String percent(@Nullable Double share, String what) {
        return share == null ? "" : String.format(Locale.ROOT, ", %.1f %%%s", 100 * share, what);
    }

    private void others() {
        report.against().forEach((name, rate) -> line(name, String.format(Locale.ROOT,
                "%.3f s: %.1f MiB/s; guix-p2p is %.2f x as fast", rate.seconds(), rate.mibPerSecond(), rate.ratio())));
        report.missing().forEach((name, why) -> line(name, String.format(Locale.ROOT, "left out: %s", why)));
    }

    private void verdict() {
        lines.add("");
        if (report.ok()) {
            lines.add("All runs brought the original, from seeders alone.");
        } else {
            lines.add("It does NOT hold:");
            report.failures().forEach(failure -> lines.add("  - " + failure));
        }
    }
}
