// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jline.utils.AttributedString;

/**
 * The columns of a list, as many of them as there is room for. What is left over widens the first ones; the texts of the last are cut at
 * the edge.
 */
final class Columns {
    private final List<Column> all;
    /** Which of them are shown, and how wide; the last is not filled up. */
    private final List<Integer> shown;
    private final List<Integer> widths;

    /**
     * One of them.
     *
     * @param least how wide it must be
     * @param most how wide it may become
     * @param rank that with the highest goes first where there is too little room
     * @param right whether it ends at the same place in all rows, as numbers do
     */
    record Column(String title, int least, int most, int rank, boolean right) {
        static Column text(String title, int least, int most, int rank) {
            return new Column(title, least, most, rank, false);
        }

        static Column number(String title, int width, int rank) {
            return new Column(title, width, width, rank, true);
        }
    }

    /** @param width of a line; 0 for one without an end */
    Columns(int width, List<Column> all) {
        this.all = List.copyOf(all);
        int room = width > 0 ? width : Integer.MAX_VALUE;
        List<Integer> kept = new ArrayList<>(IntStream.range(0, all.size()).boxed().toList());
        while (kept.size() > 1 && needed(kept) > room) {
            kept.remove(kept.stream().max(Comparator.comparingInt(at -> all.get(at).rank())).orElseThrow());
        }
        shown = List.copyOf(kept);
        int spare = Math.max(0, room - needed(kept));
        List<Integer> grown = new ArrayList<>();
        for (int at : kept) {
            int more = Math.min(spare, all.get(at).most() - all.get(at).least());
            spare -= more;
            grown.add(all.get(at).least() + more);
        }
        widths = List.copyOf(grown);
    }

    private int needed(List<Integer> some) {
        return some.stream().mapToInt(at -> all.get(at).least()).sum() + some.size() - 1;
    }

    String titles() {
        return row(all.stream().map(Column::title).toList());
    }

    /** One row, by a text for each column, also for those that are not shown. */
    String row(List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (int place = 0; place < shown.size(); place++) {
            Column column = all.get(shown.get(place));
            String cell = cells.get(shown.get(place));
            boolean last = place == shown.size() - 1 && !column.right();
            line.append(place > 0 ? " " : "").append(last ? cell : fit(cell, widths.get(place), column.right()));
        }
        return line.toString();
    }

    /** The same where the columns behind the first one give way to one text. */
    String row(String first, String rest) {
        return fit(first, widths.getFirst(), all.getFirst().right()) + " " + rest;
    }

    private static String fit(String text, int width, boolean right) {
        String cut = cut(text, width);
        String fill = " ".repeat(Math.max(0, width - width(cut)));
        return right ? fill + cut : cut + fill;
    }

    /** What there is room for; that something is missing is seen. */
    static String cut(String text, int width) {
        return width(text) <= width ? text : new AttributedString(text).columnSubSequence(0, width - 1) + "…";
    }

    /** By what a terminal shows: some letters are as wide as two. */
    static int width(String text) {
        return new AttributedString(text).columnLength();
    }
}
