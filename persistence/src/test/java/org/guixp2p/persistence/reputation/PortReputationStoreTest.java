// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

class PortReputationStoreTest extends ReputationStoreContract {
    @Override
    Engine engine() {
        return Engine.PORT;
    }
}
