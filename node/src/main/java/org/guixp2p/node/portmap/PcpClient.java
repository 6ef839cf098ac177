// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.portmap.GatewayAnswer;
import org.guixp2p.protocol.portmap.MappingRequest;
import org.guixp2p.protocol.portmap.Pcp;
import org.guixp2p.protocol.portmap.Transport;

/** Asks by PCP. */
final class PcpClient implements RouterProtocol {
    private final InetSocketAddress router;
    private final RandomGenerator random;
    private final Map<Transport, byte[]> nonces = new EnumMap<>(Transport.class);

    /** @param random must not be guessed by others */
    PcpClient(InetSocketAddress router, RandomGenerator random) {
        this.router = router;
        this.random = random;
    }

    @Override
    public String name() {
        return "PCP";
    }

    @Override
    public Mapping map(MappingRequest request) throws IOException {
        return switch (ask(request)) {
            case GatewayAnswer.Mapped mapped -> new Mapping(request, mapped.address().orElseThrow(), mapped.port(),
                    Duration.ofSeconds(mapped.lifetimeSeconds()));
            case GatewayAnswer.Refused refused -> throw new IOException("PCP: " + refused.reason());
            case GatewayAnswer.Address _ -> throw new IllegalStateException("not what was asked");
        };
    }

    @Override
    public void unmap(Mapping mapping) throws IOException {
        if (ask(mapping.request().release()) instanceof GatewayAnswer.Refused refused) {
            throw new IOException("PCP: " + refused.reason());
        }
    }

    private GatewayAnswer ask(MappingRequest request) throws IOException {
        byte[] nonce = nonces.computeIfAbsent(request.transport(), _ -> {
            byte[] fresh = new byte[Pcp.NONCE_BYTES];
            random.nextBytes(fresh);
            return fresh;
        });
        try (UdpQuestion question = new UdpQuestion(router)) {
            Pcp pcp = new Pcp(question.own(), nonce);
            return question.ask(pcp.ask(request), Pcp.MAX_BYTES, datagram -> pcp.read(datagram, request));
        }
    }
}
