// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.guixp2p.protocol.portmap.GatewayAnswer;
import org.guixp2p.protocol.portmap.MappingRequest;
import org.guixp2p.protocol.portmap.NatPmp;

/** Asks by NAT-PMP. */
final class NatPmpClient implements RouterProtocol {
    private final InetSocketAddress router;

    NatPmpClient(InetSocketAddress router) {
        this.router = router;
    }

    @Override
    public String name() {
        return "NAT-PMP";
    }

    @Override
    public Mapping map(MappingRequest request) throws IOException {
        try (UdpQuestion question = new UdpQuestion(router)) {
            InetAddress address = address(question);
            return switch (ask(question, request)) {
                case GatewayAnswer.Mapped mapped -> new Mapping(request, address, mapped.port(),
                        Duration.ofSeconds(mapped.lifetimeSeconds()));
                case GatewayAnswer.Refused refused -> throw new IOException("NAT-PMP: " + refused.reason());
                case GatewayAnswer.Address _ -> throw new IllegalStateException("not what was asked");
            };
        }
    }

    private static InetAddress address(UdpQuestion question) throws IOException {
        return switch (question.ask(NatPmp.askAddress(), NatPmp.MAX_BYTES, NatPmp::readAddress)) {
            case GatewayAnswer.Address address -> address.address();
            case GatewayAnswer.Refused refused -> throw new IOException("NAT-PMP: " + refused.reason());
            case GatewayAnswer.Mapped _ -> throw new IllegalStateException("not what was asked");
        };
    }

    private static GatewayAnswer ask(UdpQuestion question, MappingRequest request) throws IOException {
        return question.ask(NatPmp.ask(request), NatPmp.MAX_BYTES, datagram -> NatPmp.read(datagram, request));
    }

    @Override
    public void unmap(Mapping mapping) throws IOException {
        try (UdpQuestion question = new UdpQuestion(router)) {
            if (ask(question, mapping.request().release()) instanceof GatewayAnswer.Refused refused) {
                throw new IOException("NAT-PMP: " + refused.reason());
            }
        }
    }
}
