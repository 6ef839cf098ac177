// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.util.List;
import java.util.stream.Collectors;
import org.guixp2p.node.config.Share;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Whether there is an address that others can be told. */
final class ShareableAddressCheck implements Check {
    @Override
    public String subject() {
        return "shareable address";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        if (patient.config().seeding().share() == Share.OFF) {
            return List.of(Finding.ok(subject(), "none is needed: share = off"));
        }
        List<HostAndPort> addresses = OwnAddresses.shareable(patient.config(), patient.node());
        return List.of(addresses.isEmpty()
                ? Finding.warning(subject(), "there is none: only this machine can connect",
                        "set listen_address to 0.0.0.0:PORT or to an address of a network")
                : Finding.ok(subject(),
                        addresses.stream().map(HostAndPort::toString).collect(Collectors.joining(", "))));
    }
}
