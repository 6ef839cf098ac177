// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.guixp2p.node.seed.RegisteredTree;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * A store item in use.
 *
 * @param unwritten its manifest, if the ledger could not take it
 */
record StoreTree(StoreReader reader, Registration item, StorePath of, Optional<Manifest> unwritten, Runnable whenLost)
        implements
            RegisteredTree {
    @Override
    public Path path() {
        return reader.locate().apply(of);
    }

    @Override
    public Manifest manifest() throws IOException {
        return unwritten.isPresent()
                ? unwritten.get()
                : reader.manifest(item)
                        .orElseThrow(() -> new FormatException("the manifest of " + of + " is lost"));
    }

    @Override
    public void lost() {
        whenLost.run();
    }
}
