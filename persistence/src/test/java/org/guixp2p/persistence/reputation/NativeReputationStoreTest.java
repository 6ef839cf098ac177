// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;

class NativeReputationStoreTest extends ReputationStoreContract {
    @BeforeAll
    static void thereIsABuild() {
        assumeTrue(Engine.choose() == Engine.NATIVE, "no native LevelDB for this processor");
    }

    @Override
    Engine engine() {
        return Engine.NATIVE;
    }
}
