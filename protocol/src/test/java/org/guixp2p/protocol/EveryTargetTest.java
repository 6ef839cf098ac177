// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol;

import java.util.List;
import org.guixp2p.protocol.testing.FuzzTargets;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Under {@code -Pfuzz}: what the other tests run with known inputs, here with new ones. */
@Tag("fuzz")
class EveryTargetTest {
    @TestFactory
    List<DynamicTest> holds() throws Exception {
        return FuzzTargets.with(EveryTargetTest.class);
    }
}
