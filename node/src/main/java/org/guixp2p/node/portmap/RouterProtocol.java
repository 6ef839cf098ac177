// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import org.guixp2p.protocol.portmap.MappingRequest;

/** A way to have a router map ports. Blocks, for some seconds at most; an interrupt ends it. One thread. */
interface RouterProtocol {
    /** Its name, for people. */
    String name();

    /**
     * Maps a port, or keeps it mapped.
     *
     * @throws IOException in one line for people: the router does not speak this, or does not do it
     */
    Mapping map(MappingRequest request) throws IOException;

    /** Gives it up. Nobody is told when that fails: it ends by itself. */
    void unmap(Mapping mapping) throws IOException;
}
