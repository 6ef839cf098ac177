// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.List;
import org.guixp2p.protocol.dht.Contact;

/**
 * What came of an announcement.
 *
 * @param by who has taken it; nobody when it failed
 * @param messages how many questions it cost, the lookup's included
 */
record Announced(List<Contact> by, int messages) {
    Announced {
        by = List.copyOf(by);
    }
}
