// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;

/** The node cannot serve; the message says what is missing, for people. */
final class NotReadyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotReadyException(List<String> missing) {
        super(String.join("; ", missing));
    }
}
