// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LinesTest {
    private static final int MANY = Lines.MOST + 1_000;

    private final Lines lines = new Lines();
    private final AtomicInteger said = new AtomicInteger();
    private final Thread saying = Thread.ofVirtual().unstarted(() -> {
        for (int i = 0; i < MANY; i++) {
            lines.accept(Map.of("line", i));
            said.incrementAndGet();
        }
        lines.end();
    });

    /** A hundred thousand items are not to lie in the heap because somebody looks at the first page. */
    @Test
    void whoeverSaysMuchWaitsForWhoeverReads() throws Exception {
        saying.start();
        Eventually.holds(() -> said.get() == Lines.MOST, () -> Lines.MOST + " lines, not " + said);
        for (int i = 0; i < MANY; i++) {
            assertTrue(said.get() <= i + Lines.MOST);
            assertEquals(Optional.of(Map.of("line", i)), lines.take());
        }
        assertEquals(Optional.empty(), lines.take());
    }

    @Test
    void whenNobodyReadsAnyMoreNobodyWaits() throws Exception {
        saying.start();
        Eventually.holds(() -> said.get() == Lines.MOST, () -> Lines.MOST + " lines, not " + said);
        lines.close();
        saying.join();
        assertEquals(MANY, said.get());
    }
}
