// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.nio.file.Path;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.protocol.swarm.Manifest;

/** The tree of a store item that Guix registered, and that was hashed since. */
public interface RegisteredTree {
    /** What was registered. */
    Registration item();

    /** Where it is read. */
    Path path();

    /** What its blocks must hash to; blocks, and throws when that is not known any more. */
    Manifest manifest() throws IOException;

    /** It is not what was hashed; does not block. */
    void lost();
}
