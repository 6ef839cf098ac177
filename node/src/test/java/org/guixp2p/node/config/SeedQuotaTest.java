// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeedQuotaTest {
    private static final ByteSize NO_BOUND = new ByteSize(0);

    @Test
    void theSmallerBoundCounts() {
        SeedQuota quota = new SeedQuota(new ByteSize(1000), 0.5);
        assertEquals(1000, quota.bytes(10_000, 0));
        assertEquals(500, quota.bytes(1000, 0));
        assertEquals(500, new SeedQuota(NO_BOUND, 0.5).bytes(1000, 0));
    }

    /** What is kept does not make its own share smaller; what others write does. */
    @Test
    void theShareIsOfWhatWouldBeFreeWithoutThem() {
        SeedQuota quota = new SeedQuota(NO_BOUND, 0.5);
        assertEquals(500, quota.bytes(700, 300));
        assertEquals(350, quota.bytes(400, 300));
        assertEquals(1L << 61, new SeedQuota(NO_BOUND, 1).bytes(1L << 61, 0));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1.01, Double.NaN})
    void noShareIsRefused(double share) {
        assertThrows(IllegalArgumentException.class, () -> new SeedQuota(NO_BOUND, share));
    }
}
