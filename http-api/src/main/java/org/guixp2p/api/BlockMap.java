// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * From whom the parts of a NAR have come, as a row of cells. A cell is one block, or of a NAR of more than {@link #MOST_CELLS} as many in
 * a row as make it no more cells than that; it belongs to who gave most of it, once half of it is there.
 *
 * @param blocks how many blocks the NAR has
 * @param blocksPerCell how many of them are a cell; the last one may have fewer
 * @param runs pairs of numbers, one after the other: which of {@link TransferStatus#sources}, or -1 for none yet, and how many cells
 */
public record BlockMap(int blocks, int blocksPerCell, List<Integer> runs) {
    /** As many as there is room for to draw them. */
    public static final int MOST_CELLS = 512;
    /** Of nothing. */
    public static final BlockMap NONE = new BlockMap(0, 1, List.of());

    public BlockMap {
        runs = List.copyOf(runs);
    }

    /**
     * That of a NAR.
     *
     * @param sources how many there are
     * @param sourceOf the number of the source of a block, or -1
     */
    public static BlockMap of(int blocks, int sources, IntUnaryOperator sourceOf) {
        int size = Math.max(1, Math.ceilDiv(blocks, MOST_CELLS));
        List<Integer> runs = new ArrayList<>();
        int run = 0;
        int before = -1;
        for (int first = 0; first < blocks; first += size) {
            int source = mostOf(first, Math.min(blocks, first + size), sources, sourceOf);
            if (run > 0 && source != before) {
                runs.add(before);
                runs.add(run);
                run = 0;
            }
            before = source;
            run++;
        }
        if (run > 0) {
            runs.add(before);
            runs.add(run);
        }
        return new BlockMap(blocks, size, runs);
    }

    private static int mostOf(int from, int to, int sources, IntUnaryOperator sourceOf) {
        int[] given = new int[sources];
        int there = 0;
        int most = -1;
        for (int block = from; block < to; block++) {
            int source = sourceOf.applyAsInt(block);
            if (source >= 0) {
                there++;
                given[source]++;
                most = most < 0 || given[source] > given[most] ? source : most;
            }
        }
        return 2 * there >= to - from ? most : -1;
    }
}
