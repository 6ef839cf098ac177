// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.util.Locale;
import java.util.OptionalLong;

/** Progress for people: one line that is drawn over and over (Guix: {@code display-download-progress}). */
final class BarReporter extends ProgressReporter {
    private static final String ERASE_LINE = "\r\u001b[K";
    private static final double KIB = 1024;
    private static final double MIB = KIB * 1024;
    private static final double GIB = MIB * 1024;
    private static final double TIB = GIB * 1024;
    private static final double NANOS = 1e9;
    /** Cells between the two ends of the bar. */
    private static final int CELLS = 18;
    /** A cell that is full, and then one to seven eighths of a cell. */
    private static final String BLOCKS = "\u2588\u258f\u258e\u258d\u258c\u258b\u258a\u2589";

    private final URI url;
    private final String name;
    private final OptionalLong size;
    private final int columns;

    BarReporter(URI url, String name, OptionalLong size, int columns) {
        this.url = url;
        this.name = name;
        this.size = size;
        this.columns = columns;
    }

    @Override
    String begin() {
        return "Downloading " + url + "...\n" + report(0, 0);
    }

    @Override
    String report(long bytes, long elapsedNanos) {
        double seconds = elapsedNanos / NANOS;
        String rate = bytesText(seconds > 0 ? bytes / seconds : 0) + "/s " + timeText(seconds);
        if (size.isPresent() && size.getAsLong() > 0) {
            double percent = 100.0 * Math.min(bytes, size.getAsLong()) / size.getAsLong();
            String shown = decimal(percent, 1);
            return line(" " + name + "  " + bytesText((double) size.getAsLong()),
                    rate + " " + bar(percent) + " ".repeat(Math.max(0, 6 - shown.length())) + shown + "%");
        }
        return bytes == 0 ? "" : line(" " + name, rate + " | " + bytesText((double) bytes) + " transferred");
    }

    /** One line end for the bar, one to set items apart. */
    @Override
    String end(long bytes, long elapsedNanos) {
        return report(bytes, elapsedNanos) + "\n\n";
    }

    @Override
    String abort(long bytes) {
        return "\n";
    }

    private String line(String left, String right) {
        int blanks = Math.max(1, columns - left.length() - right.length());
        return ERASE_LINE + left + " ".repeat(blanks) + right;
    }

    private static String bar(double percent) {
        int eighths = (int) Math.floor(percent * CELLS * BLOCKS.length() / 100);
        int filled = eighths / BLOCKS.length();
        int rest = eighths % BLOCKS.length();
        String drawn = BLOCKS.substring(0, 1).repeat(filled) + (rest > 0 ? BLOCKS.charAt(rest) : "");
        return "\u2595" + drawn + " ".repeat(CELLS - drawn.length()) + "\u258f";
    }

    private static String timeText(double seconds) {
        long total = (long) Math.rint(seconds);
        String minutes = String.format(Locale.ROOT, "%02d:%02d", total % 3600 / 60, total % 60);
        return total >= 3600 ? String.format(Locale.ROOT, "%02d:", total / 3600) + minutes : minutes;
    }

    private static String bytesText(double bytes) {
        if (bytes < KIB) {
            return (long) Math.rint(bytes) + "B";
        }
        if (bytes < MIB) {
            return (long) Math.rint(bytes / KIB) + "KiB";
        }
        if (bytes < GIB) {
            return decimal(bytes / MIB, 1) + "MiB";
        }
        return bytes < TIB ? decimal(bytes / GIB, 2) + "GiB" : decimal(bytes / TIB, 3) + "TiB";
    }

    /** As Guile's {@code ~,1f}: the shortest digits that tell the number, rounded half up. */
    private static String decimal(double number, int digits) {
        return new BigDecimal(Double.toString(number)).setScale(digits, RoundingMode.HALF_UP).toPlainString();
    }
}
