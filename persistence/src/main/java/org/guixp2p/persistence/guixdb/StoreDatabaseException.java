// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.guixdb;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The store database cannot be read; the message says why, in words for the user. */
public final class StoreDatabaseException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean passing;

    StoreDatabaseException(String message, boolean passing, @Nullable Throwable cause) {
        super(message, cause);
        this.passing = passing;
    }

    /** Whether it may be otherwise in a moment, without anybody doing anything: the daemon was at work. */
    public boolean isPassing() {
        return passing;
    }
}
