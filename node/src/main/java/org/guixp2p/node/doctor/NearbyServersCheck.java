// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import com.typesafe.config.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.discovery.lan.GatewayNearby;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Whether networks nearby are told of the gateway, and which of the servers that they tell of are asked. */
final class NearbyServersCheck implements Check {
    @Override
    public String subject() {
        return "servers nearby";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        return List.of(advertised(patient.config(), OwnAddresses.ofInterfaces()), discovered(patient));
    }

    Finding advertised(NodeConfig config, List<InetAddress> own) {
        if (!config.nearby().advertise() || config.gateway().isEmpty()) {
            return Finding.ok(subject(), "nobody is told of a gateway: advertise = off");
        }
        HostAndPort gateway = config.gateway().get();
        try {
            InetAddress bound = InetAddress.getByName(gateway.host());
            List<InetAddress> told = own.stream().filter(address -> GatewayNearby.isToldAt(bound, address)).toList();
            if (!told.isEmpty()) {
                return Finding.ok(subject(), "the gateway is announced at "
                        + told.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", ")));
            }
        } catch (IOException e) {
            return Finding.warning(subject(), "the gateway is not announced: no such host: " + gateway.host(),
                    "set gateway_bind to an address of this machine");
        }
        return Finding.warning(subject(),
                "the gateway at " + gateway + " is not announced: this machine has no private IPv4 address for that",
                "connect it to a network, set gateway_bind to an address of one, or set advertise = off");
    }

    private Finding discovered(Patient patient) {
        if (!patient.config().nearby().discover()) {
            return Finding.ok(subject(), "none that others announce is asked: discover = off");
        }
        if (patient.node().isEmpty()) {
            return Finding.ok(subject(), "those that others announce are asked once the node runs");
        }
        List<Config> servers = new ArrayList<>();
        try {
            ControlClient.ask(ControlServer.beside(patient.config().bridge().socketPath()),
                    new ControlQuestion.Mirrors(), servers::add);
        } catch (IOException e) {
            return Finding.warning(subject(), "which ones others announce is not known: " + e.getMessage(),
                    "try again");
        }
        List<String> found = servers.stream().filter(server -> server.getBoolean("discovered"))
                .map(server -> server.getString("server")).toList();
        return Finding.ok(subject(), found.isEmpty()
                ? "none is announced by others"
                : "asked, since others announce them: " + String.join(", ", found));
    }
}
