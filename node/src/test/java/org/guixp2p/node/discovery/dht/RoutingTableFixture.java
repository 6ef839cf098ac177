// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;

/** A routing table, and nodes for it. */
abstract class RoutingTableFixture {
    static final DhtId OWN = DhtId.of(new byte[DhtId.BYTES]);

    final Random random = new Random(7);
    long now = Long.MAX_VALUE - 1;
    final RoutingTable table = new RoutingTable(OWN, IdRule.PREFERRED, random, () -> now);

    void pass(Duration time) {
        now += time.toNanos();
    }

    static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    /** An id that shares exactly {@code shared} bits with the own one. */
    DhtId sharing(int shared) {
        DhtId id = OWN.randomWithPrefix(shared, random);
        while (OWN.commonPrefix(id) != shared) {
            id = OWN.randomWithPrefix(shared, random);
        }
        return id;
    }

    /** A node in a network of its own, whose id shares {@code shared} bits, and is not bound to its address. */
    Contact node(int network, int shared) {
        InetSocketAddress address = at("5." + network / 256 + "." + network % 256 + ".1", 6881);
        DhtId id = sharing(shared);
        while (AddressBound.matches(id, address.getAddress())) {
            id = sharing(shared);
        }
        return new Contact(id, address);
    }

    /** The same, with an id that is bound to its address. */
    Contact bound(int network, int shared) {
        InetSocketAddress address = at("5." + network / 256 + "." + network % 256 + ".1", 6881);
        DhtId id = AddressBound.id(address.getAddress(), random);
        while (OWN.commonPrefix(id) != shared) {
            id = AddressBound.id(address.getAddress(), random);
        }
        return new Contact(id, address);
    }

    /** The networks from which nodes can have bound ids that begin with a bit of 1. */
    List<Contact> boundNodes(int from, int count) {
        List<Contact> nodes = new ArrayList<>();
        for (int network = from; nodes.size() < count; network++) {
            InetAddress host = at("5." + network / 256 + "." + network % 256 + ".1", 6881).getAddress();
            for (int i = 0; i < 50; i++) {
                if (OWN.commonPrefix(AddressBound.id(host, random)) == 0) {
                    nodes.add(bound(network, 0));
                    break;
                }
            }
        }
        return nodes;
    }

    /** Fills the half of the key space that is not the own one, and splits the table. */
    List<Contact> fill() {
        List<Contact> nodes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            nodes.add(node(i, 0));
            table.answered(nodes.get(i));
        }
        Contact near = node(8, 1);
        table.answered(near);
        assertEquals(9, table.contacts().size());
        return nodes;
    }

    boolean knows(Contact contact) {
        return table.contacts().contains(contact);
    }

    void fail(Contact contact) {
        table.failed(contact);
        table.failed(contact);
    }
}
