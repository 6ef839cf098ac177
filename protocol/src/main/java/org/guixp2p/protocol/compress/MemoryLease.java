// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.io.InterruptedIOException;

/**
 * What one decoder has of a budget: as much as it ever needed at once, until it is closed. For one thread. The first time it
 * waits, if need be; whoever has some already does not, since others may wait for that.
 */
final class MemoryLease {
    private final MemoryBudget budget;
    private final String format;
    private long bytes;

    MemoryLease(MemoryBudget budget, String format) {
        this.budget = budget;
        this.format = format;
    }

    /** Makes sure of {@code wanted} bytes in all. */
    void grow(long wanted) throws IOException {
        if (wanted <= bytes) {
            return;
        }
        if (bytes > 0) {
            budget.take(format, wanted - bytes);
        } else {
            await(wanted);
        }
        bytes = wanted;
    }

    private void await(long wanted) throws IOException {
        try {
            budget.await(format, wanted);
        } catch (InterruptedException e) {
            // Threads are their owners' business: whoever reads sees it by the kind of the failure.
            throw new InterruptedIOException("interrupted while waiting for memory");
        }
    }

    void release() {
        budget.giveBack(bytes);
        bytes = 0;
    }
}
