// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A tree is no longer what it was when its serialisation began or was indexed: bytes read from it may not fit. */
public class TreeChangedException extends IOException {
    private static final long serialVersionUID = 1L;

    public TreeChangedException(String message) {
        this(message, null);
    }

    public TreeChangedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
