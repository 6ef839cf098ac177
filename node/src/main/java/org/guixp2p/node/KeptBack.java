// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.util.Optional;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/**
 * What of the downloads the user keeps from others, public or not.
 *
 * @param names says it of names ({@code never_seed_patterns})
 * @param taken says it of what was taken back ({@code seed remove}), if the store is seeded
 */
record KeptBack(NodeConfig.Store names, Optional<Exclusions> taken) {
    /** Whether an item is; also when that cannot be told. Does not block. */
    boolean has(StorePath path, NarHash nar) {
        return names.keepsBack(path) || taken.filter(items -> items.isExcluded(path, nar)).isPresent();
    }

    /**
     * Whether an item is. Blocks.
     *
     * @throws IOException when that cannot be told for now
     */
    boolean find(StorePath path, NarHash nar) throws IOException {
        return names.keepsBack(path) || (taken.isPresent() && taken.get().known().has(path, nar));
    }
}
