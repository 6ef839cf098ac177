// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.Optional;

/**
 * A question, as far as anybody here looks at it.
 *
 * @param host whom it is for, in lower case and without a port; empty when it does not say
 * @param isForOfferedAlone whether nobody is to be asked on its behalf (RFC 9111, section 5.2.1.7): it comes from a node that has
 *     found this gateway by itself, and perhaps this node has found that one's
 * @param isOfPage whether a page in a browser asks, which a substitute server is not for
 */
record Request(String method, Target target, String host, boolean isForOfferedAlone, boolean isOfPage,
        Optional<String> ifNoneMatch,
        Optional<String> ifRange, Optional<String> range) {
    /** What one takes besides its texts, and what is made of it until it is answered; roughly, in bytes. */
    private static final int OVERHEAD = 256;

    boolean isGet() {
        return method.equals("GET");
    }

    /** Whether the head of the answer is wanted, and no more. */
    boolean isHead() {
        return method.equals("HEAD");
    }

    /** What it takes of the heap, roughly, in bytes. */
    int memory() {
        return OVERHEAD + target.raw().length() + host.length() + length(ifNoneMatch) + length(ifRange)
                + length(range);
    }

    private static int length(Optional<String> text) {
        return text.map(String::length).orElse(0);
    }
}
