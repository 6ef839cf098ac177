// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

/**
 * A port of this machine that others are to reach through the router.
 *
 * @param port 1 to 65535
 * @param wanted the router's port that would suit, 0 for any; it may choose another one
 * @param lifetimeSeconds how long it is to last; 0 gives an earlier one up
 */
public record MappingRequest(Transport transport, int port, int wanted, long lifetimeSeconds) {
    private static final int MAX_PORT = 65_535;
    private static final long MAX_LIFETIME = 0xffff_ffffL;

    public MappingRequest {
        if (port < 1 || port > MAX_PORT || wanted < 0 || wanted > MAX_PORT) {
            throw new IllegalArgumentException("no port: " + port + ", " + wanted);
        }
        if (lifetimeSeconds < 0 || lifetimeSeconds > MAX_LIFETIME) {
            throw new IllegalArgumentException("no lifetime: " + lifetimeSeconds);
        }
    }

    /** What gives it up. */
    public MappingRequest release() {
        return new MappingRequest(transport, port, 0, 0);
    }
}
