// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import org.guixp2p.bridge.testing.RestorerContract;
import org.guixp2p.bridge.testing.RestorerUnderTest;

class JavaRestorerTest implements RestorerContract {
    @Override
    public RestorerUnderTest restorer() {
        return new JavaRestorer();
    }
}
