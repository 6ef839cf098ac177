// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;

/** What it counts for that a node's id is bound to its address (BEP 42). */
public enum IdRule {
    /** Such nodes are preferred: in Mainline many have any id. */
    PREFERRED,
    /** Others are not taken at all. */
    ENFORCED;

    /** Whether a node may be talked to. */
    boolean admits(Contact contact) {
        return this == PREFERRED || AddressBound.matches(contact.id(), contact.address().getAddress());
    }
}
