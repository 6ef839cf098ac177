// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.HashMap;
import java.util.Map;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * How often machines and networks were asked: few questions to a machine, whatever ids it is said to have, and to a network, which may
 * have nothing to do with the DHT. Local addresses are in no network, and there each port is a machine.
 */
final class AskedPlaces {
    private final int perMachine;
    private final int perNetwork;
    private final Map<KnownNode.Place, Integer> machines = new HashMap<>();
    private final Map<AddressGroup, Integer> networks = new HashMap<>();

    /**
     * @param perMachine how many questions to one
     * @param perNetwork how many to one
     */
    AskedPlaces(int perMachine, int perNetwork) {
        this.perMachine = perMachine;
        this.perNetwork = perNetwork;
    }

    boolean mayAsk(Contact contact) {
        return machines.getOrDefault(KnownNode.Place.of(contact.address()), 0) < perMachine
                && networks.getOrDefault(AddressGroup.network(contact.address().getAddress()), 0) < perNetwork;
    }

    /** It is asked. */
    void add(Contact contact) {
        machines.merge(KnownNode.Place.of(contact.address()), 1, Integer::sum);
        if (!AddressGroup.isLocal(contact.address().getAddress())) {
            networks.merge(AddressGroup.network(contact.address().getAddress()), 1, Integer::sum);
        }
    }
}
