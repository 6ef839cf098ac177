// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

/** What one decoder has of a budget: as much as it ever needed at once, until it is closed. For one thread. */
final class MemoryLease {
    private final MemoryBudget budget;
    private final String format;
    private long bytes;

    MemoryLease(MemoryBudget budget, String format) {
        this.budget = budget;
        this.format = format;
    }

    /** Makes sure of {@code wanted} bytes in all. */
    void grow(long wanted) throws MemoryBudget.ExhaustedException {
        if (wanted > bytes) {
            budget.take(format, wanted - bytes);
            bytes = wanted;
        }
    }

    void release() {
        budget.giveBack(bytes);
        bytes = 0;
    }
}
