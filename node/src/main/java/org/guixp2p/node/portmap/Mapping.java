// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.guixp2p.protocol.portmap.IgdDescription;
import org.guixp2p.protocol.portmap.MappingRequest;

/**
 * A port that the router maps.
 *
 * @param request what was asked
 * @param address the router's, where others connect
 * @param port the router's
 * @param lifetime how long it says that it will
 * @param service of UPnP, if that did it: it is given up there
 */
record Mapping(MappingRequest request, InetAddress address, int port, Duration lifetime,
        Optional<IgdDescription.Service> service) {
    Mapping(MappingRequest request, InetAddress address, int port, Duration lifetime) {
        this(request, address, port, lifetime, Optional.empty());
    }
}
