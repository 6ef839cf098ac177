// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

/** What whoever started this process, or wrote its settings, has to put right; it ends the process with status 1. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
