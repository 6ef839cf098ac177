// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.guixp2p.api.TransferStatus;

/**
 * One line of a terminal that is written again and again: how far a download is, how fast, how long it will take, and what
 * each seeder has delivered.
 */
final class ProgressBar implements Consumer<TransferStatus> {
    private static final int WIDTH = 20;
    private static final double MIB = 1 << 20;
    private static final double NANOS = 1e9;
    private static final String BEGIN_OF_LINE_AND_ERASE = "\r\u001b[K";

    private final PrintWriter out;
    private final List<String> seederIds;
    private final LongSupplier nanoTime;
    private final long began;

    /**
     * A bar of a download that begins now.
     *
     * @param seederIds in the order in which they are shown
     */
    ProgressBar(PrintWriter out, List<String> seederIds, LongSupplier nanoTime) {
        this.out = out;
        this.seederIds = List.copyOf(seederIds);
        this.nanoTime = nanoTime;
        this.began = nanoTime.getAsLong();
    }

    @Override
    public void accept(TransferStatus transfer) {
        if (transfer.narBytes() > 0) {
            out.print(BEGIN_OF_LINE_AND_ERASE + line(transfer));
            out.flush();
        }
    }

    String line(TransferStatus transfer) {
        List<Long> parts = seederIds.stream().map(id -> from(id, transfer)).toList();
        long received = parts.stream().mapToLong(Long::longValue).sum();
        long total = transfer.narBytes();
        double part = Math.min(1, (double) received / total);
        double seconds = (nanoTime.getAsLong() - began) / NANOS;
        double rate = seconds > 0 ? received / seconds : 0;
        int full = (int) (part * WIDTH);
        return "[" + "#".repeat(full) + "-".repeat(WIDTH - full) + "] "
                + String.format(Locale.ROOT, "%3.0f %%  %.0f MiB/s  %s left  ", part * 100, rate / MIB,
                        left(Math.max(0, total - received), rate))
                + parts.stream().map(ProgressBar::mib).collect(Collectors.joining(" + ")) + " = " + mib(received)
                + " of " + mib(total) + " MiB";
    }

    private static long from(String id, TransferStatus transfer) {
        return transfer.sources().stream().filter(source -> source.name().equals(id))
                .mapToLong(TransferStatus.Source::bytes).sum();
    }

    private static String mib(long bytes) {
        return Long.toString(Math.round(bytes / MIB));
    }

    private static String left(long bytes, double rate) {
        if (rate <= 0) {
            return "?:??";
        }
        long seconds = (long) Math.ceil(bytes / rate);
        return seconds / 60 + ":" + String.format(Locale.ROOT, "%02d", seconds % 60);
    }

    /** Leaves the line free for what comes next. */
    void end() {
        out.print(BEGIN_OF_LINE_AND_ERASE);
        out.flush();
    }
}
