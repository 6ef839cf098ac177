// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;
import org.guixp2p.node.config.Share;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Whether the world gets through to the node. Only the node that runs can tell, and only when others have told it. */
final class ReachabilityCheck implements Check {
    @Override
    public String subject() {
        return "NAT and reachability";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        return List.of(examine(patient, OwnAddresses.ofInterfaces()));
    }

    Finding examine(Patient patient, List<InetAddress> interfaces) {
        if (patient.config().seeding().share() != Share.WORLD) {
            return Finding.ok(subject(), "the world is not to reach this node: share is not world");
        }
        if (patient.node().isEmpty()) {
            return Finding.warning(subject(), "unknown: no node runs that others could have told",
                    "start the node, and look again in some minutes");
        }
        RunningNode node = patient.node().get();
        List<InetAddress> seen = node.seenAt().toList();
        long strangers = node.inbound().stream()
                .filter(peer -> OwnAddresses.isGlobal(InetAddress.ofLiteral(peer.host()))).count();
        List<String> reached = node.families("reachable");
        List<String> unreached = node.families("unreachable");
        if (!unreached.isEmpty() && reached.isEmpty() && strangers == 0) {
            return Finding.warning(subject(), "unreachable by " + String.join(" and ", unreached)
                    + ": peers elsewhere do not get through, and this node only asks in the DHT" + whereSeen(seen),
                    "let TCP and UDP port " + port(patient, node)
                            + " through the firewall, or have the router forward it to this machine and set "
                            + "external_addresses");
        }
        if (!reached.isEmpty()) {
            return Finding.ok(subject(), "reachable by " + String.join(" and ", reached)
                    + (unreached.isEmpty() ? "" : ", not by " + String.join(" and ", unreached))
                    + ": peers elsewhere have connected");
        }
        if (strangers > 0) {
            return Finding.ok(subject(), "reachable: " + strangers + " peers have dialled this node from elsewhere");
        }
        if (seen.isEmpty() && node.mapped().isEmpty()) {
            return Finding.warning(subject(), "unknown: nobody has told this node where they see it",
                    "look again in some minutes; in the DHT it knows "
                            + node.dht().stream().mapToInt(RunningNode.Family::nodes).sum() + " nodes");
        }
        String addresses = seen.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
        if (!seen.isEmpty() && interfaces.containsAll(seen)) {
            return Finding.ok(subject(), "no NAT: others see this node at its own " + addresses
                    + "; whether a firewall lets them in is unknown");
        }
        if (node.mapped().isPresent()) {
            RunningNode.Mapped mapped = node.mapped().get();
            return Finding.ok(subject(), "behind NAT: the router lets others in at " + mapped.address() + ", by "
                    + mapped.protocol() + "; whether they get through is unknown until a peer dials");
        }
        return patient.config().network().external().isEmpty()
                ? Finding.warning(subject(), "behind NAT: others see " + addresses + ", which is not this machine's",
                        "have the router forward TCP and UDP port " + port(patient, node)
                                + " to this machine, and set external_addresses")
                : Finding.ok(subject(), "behind NAT: others see " + addresses
                        + "; whether the router forwards to this machine is unknown until a peer dials");
    }

    private static String whereSeen(List<InetAddress> seen) {
        return seen.isEmpty()
                ? ""
                : "; others see " + seen.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
    }

    private static int port(Patient patient, RunningNode node) {
        List<HostAndPort> external = patient.config().network().external();
        List<HostAndPort> all = external.isEmpty() ? node.listening() : external;
        return all.isEmpty() ? 0 : all.getFirst().port();
    }
}
