// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.Comparator;

/**
 * How much an announcement is worth; what is worth more comes first.
 *
 * @param demand how often it was asked for lately: the most wanted come first
 * @param size in bytes: of those that are wanted as much, the largest come first
 * @param isPart whether there is a part of it only, which comes after all that is whole and wanted as much
 */
public record Worth(int demand, long size, boolean isPart) implements Comparable<Worth> {
    /** Before everything else. */
    static final Worth MOST = new Worth(Integer.MAX_VALUE, Long.MAX_VALUE);

    private static final Comparator<Worth> ORDER = Comparator.comparingInt(Worth::demand).reversed()
            .thenComparing(Worth::isPart).thenComparing(Comparator.comparingLong(Worth::size).reversed());

    /** Of something whole. */
    public Worth(int demand, long size) {
        this(demand, size, false);
    }

    @Override
    public int compareTo(Worth other) {
        return ORDER.compare(this, other);
    }
}
