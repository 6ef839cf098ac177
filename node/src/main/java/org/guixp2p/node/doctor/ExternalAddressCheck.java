// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.config.Share;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Addresses that the user named for others to use. */
final class ExternalAddressCheck implements Check {
    private static final String FORWARD = "have the router forward that port to this machine, and set "
            + "external_addresses";

    @Override
    public String subject() {
        return "external addresses";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        List<HostAndPort> external = patient.config().network().external();
        if (!external.isEmpty()) {
            return external.stream().map(address -> examine(address, patient)).toList();
        }
        List<String> seen = patient.node().stream().flatMap(RunningNode::seenAt).map(InetAddress::getHostAddress)
                .toList();
        Optional<RunningNode.Mapped> mapped = patient.node().flatMap(RunningNode::mapped);
        if (mapped.isPresent()) {
            return List.of(Finding.ok(subject(), "none is set; the router has " + mapped.get().address()
                    + " for this node, by " + mapped.get().protocol()));
        }
        return List.of(Finding.ok(subject(), seen.isEmpty()
                ? "none is set"
                : "none is set; others see this node at " + String.join(", ", seen)));
    }

    private Finding examine(HostAndPort address, Patient patient) {
        boolean world = patient.config().seeding().share() == Share.WORLD;
        InetAddress resolved;
        try {
            resolved = InetAddress.getByName(address.host());
        } catch (UnknownHostException e) {
            return Finding.error(subject(), address + ": no such host",
                    "set external_addresses to what others can resolve");
        }
        if (world && !OwnAddresses.isGlobal(resolved)) {
            return Finding.warning(subject(), address + " is of a private network: the world cannot use it", FORWARD);
        }
        List<InetAddress> seen = patient.node().stream().flatMap(RunningNode::seenAt)
                .filter(other -> other.getClass() == resolved.getClass()).toList();
        return world && !seen.isEmpty() && !seen.contains(resolved)
                ? Finding.warning(subject(), address + " is not where others see this node: "
                        + seen.getFirst().getHostAddress(), "set external_addresses to the address that the router has")
                : Finding.ok(subject(), address.toString());
    }
}
