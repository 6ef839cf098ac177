// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.guixp2p.harness.units.ByteCount;

/** A {@link DemoReport} for people: one screen of 80 columns, as far as paths let it. */
final class DemoSummary {
    private final DemoReport report;
    private final List<String> lines = new ArrayList<>();

    private DemoSummary(DemoReport report) {
        this.report = report;
    }

    /** The lines, without newlines. */
    static List<String> of(DemoReport report) {
        DemoSummary summary = new DemoSummary(report);
        summary.items();
        summary.transfer();
        summary.events();
        summary.checks();
        summary.processes();
        summary.verdict();
        return List.copyOf(summary.lines);
    }

    private void line(String name, String text) {
        lines.add(String.format(Locale.ROOT, "  %-9s %s", name, text));
    }

    private void items() {
        for (DemoReport.Item item : report.items()) {
            line("item", item.storePath());
            line("", new ByteCount(item.narBytes()) + " of NAR: " + item.files() + " files, " + item.directories()
                    + " directories, " + item.symlinks() + " symlinks");
            line("", "from " + item.origin());
            line("time", String.format(Locale.ROOT, "%.2f s from request to verified, restored tree: %.1f MiB/s",
                    item.seconds(), item.mibPerSecond()));
        }
    }

    private void transfer() {
        long all = report.peers().stream().mapToLong(DemoReport.Peer::bytes).sum();
        String name = "peers";
        for (DemoReport.Peer peer : report.peers()) {
            long percent = all == 0 ? 0 : Math.round(100.0 * peer.bytes() / all);
            line(name, String.format(Locale.ROOT, "%s  %10s  %3d %%  %s", peer.name(), new ByteCount(peer.bytes()),
                    percent, peer.id()));
            name = "";
        }
        line("blocks", report.requeuedBlocks() + " asked for again, " + report.corruptBlocks() + " corrupt, "
                + new ByteCount(report.duplicatedBytes()) + " came twice, " + report.restarts() + " restarts");
    }

    private void events() {
        DemoReport.Killed killed = report.killed();
        if (report.maxUploadRate() > 0) {
            line("limit", "each seeder sends at most " + new ByteCount(report.maxUploadRate())
                    + "/s, so that there is a midway to kill one in");
        }
        if (killed != null) {
            line("killed", killed.name() + ", when " + new ByteCount(killed.receivedBytes()) + " of "
                    + new ByteCount(killed.narBytes()) + " were there, " + new ByteCount(killed.bytes())
                    + " of them from it");
        }
        DemoReport.Liar liar = report.liar();
        if (liar != null) {
            line("liar", liar.name() + " served corrupt blocks only: " + liar.corruptBlocks() + " found out, "
                    + new ByteCount(liar.bytes()) + " taken from it");
        }
    }

    private void checks() {
        if (report.ok()) {
            line("checked", "signature, NarHash and NarSize; every byte, mode, time and link;");
            line("", report.deduplicatedFiles() + " files deduplicated; " + report.narRequests()
                    + " NARs asked of the server");
        }
    }

    private void processes() {
        line("memory", report.peakRssMib().entrySet().stream()
                .map(process -> String.format(Locale.ROOT, "%s %.0f", process.getKey(), process.getValue()))
                .collect(Collectors.joining(", ")) + " MiB at most");
        String directory = report.workDirectory();
        line("ended", report.held()
                ? "not yet: " + report.leftRunning() + " processes are kept up"
                : report.leftRunning() == 0
                        ? "every process; nothing is left running"
                        : report.leftRunning() + " processes are LEFT RUNNING");
        if (directory != null) {
            line("files", directory);
        }
    }

    private void verdict() {
        lines.add("");
        if (report.ok()) {
            lines.add(switch (report.mode()) {
                case "plain" -> "It holds: the item came from " + report.peers().size() + " peers and is the original.";
                default -> "It holds, in spite of all (" + report.mode() + "): the item is the original.";
            });
        } else {
            lines.add("It does NOT hold:");
            report.failures().forEach(failure -> lines.add("  - " + failure));
        }
    }
}
