// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;

/** This machine does not let the demonstration make a network of its own. */
public final class NoNamespacesException extends IOException {
    private static final long serialVersionUID = 1;

    NoNamespacesException(String message, IOException cause) {
        super(message, cause);
    }
}
