// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * What shows that somebody may change something, until the node ends, or nobody has used it for a month.
 *
 * @param token for the header {@code Authorization: Bearer}
 */
record SessionToken(String token) {
    /** A token must not end in a log. */
    @Override
    public String toString() {
        return "SessionToken";
    }
}
