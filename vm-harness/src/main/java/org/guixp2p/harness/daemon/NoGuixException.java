// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.daemon;

import java.io.IOException;

/** This machine has no Guix, or none that runs. */
public final class NoGuixException extends IOException {
    private static final long serialVersionUID = 1;

    NoGuixException(String message) {
        super(message);
    }

    NoGuixException(String message, IOException cause) {
        super(message, cause);
    }
}
