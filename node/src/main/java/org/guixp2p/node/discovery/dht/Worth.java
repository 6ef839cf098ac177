// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

/**
 * How much an announcement is worth; what is worth more comes first.
 *
 * @param demand how often it was asked for lately: the most wanted come first
 * @param size in bytes: of those that are wanted as much, the largest come first
 */
public record Worth(int demand, long size) implements Comparable<Worth> {
    /** Before everything else. */
    static final Worth MOST = new Worth(Integer.MAX_VALUE, Long.MAX_VALUE);

    @Override
    public int compareTo(Worth other) {
        int byDemand = Integer.compare(other.demand, demand);
        return byDemand != 0 ? byDemand : Long.compare(other.size, size);
    }
}
