// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import java.net.InetAddress;
import java.util.Optional;

/** What a router answers by NAT-PMP or PCP. */
public sealed interface GatewayAnswer {
    /**
     * It maps a port.
     *
     * @param port its own, 0 to 65535; 0 when one is given up
     * @param address its own, where the protocol tells it
     * @param lifetimeSeconds how long, in its opinion: 0 to 2^32 - 1
     * @param epochSeconds how long it has kept its mappings: when it begins anew it has lost them
     */
    record Mapped(int port, Optional<InetAddress> address, long lifetimeSeconds,
            long epochSeconds) implements GatewayAnswer {}

    /** It says where it is seen from outside. */
    record Address(InetAddress address, long epochSeconds) implements GatewayAnswer {}

    /**
     * It does not do it.
     *
     * @param code of the protocol
     * @param reason what that means, for people
     * @param otherVersion whether it speaks another version of the protocol
     */
    record Refused(int code, String reason, boolean otherVersion) implements GatewayAnswer {}
}
