// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.io.IOException;

/** It is not known yet what the store has; it will be, before long. */
public final class StoreNotKnownException extends IOException {
    private static final long serialVersionUID = 1;

    public StoreNotKnownException() {
        super("it is not known yet what the store has");
    }
}
