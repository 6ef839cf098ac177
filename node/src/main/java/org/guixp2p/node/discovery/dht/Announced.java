// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.List;
import org.guixp2p.protocol.dht.Contact;

/**
 * What came of an announcement.
 *
 * @param by who has taken it; nobody when it failed
 * @param asked how many were asked to
 * @param messages how many questions it cost, the lookup's included
 */
record Announced(List<Contact> by, int asked, int messages) {
    Announced {
        by = List.copyOf(by);
    }

    /** Whether most have taken it: one or two may be gone soon, or have their reasons. */
    boolean isKept() {
        return !by.isEmpty() && 2 * by.size() >= asked;
    }
}
