// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PortReputationStoreTest extends ReputationStoreContract {
    @Override
    Engine engine() {
        return Engine.PORT;
    }

    @Override
    @Tag("slow")
    @Test
    void tenThousandPeersComeBack() {
        super.tenThousandPeersComeBack();
    }
}
