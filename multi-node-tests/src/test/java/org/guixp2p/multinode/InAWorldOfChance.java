// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;

/** The same, where chance decides too: {@code -Dseed} has it decide as it did before. */
abstract class InAWorldOfChance extends InAWorld {
    Random random;

    @BeforeEach
    void beginChance() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println(getClass().getSimpleName() + ": -Dseed=" + seed);
        random = new Random(seed);
    }
}
