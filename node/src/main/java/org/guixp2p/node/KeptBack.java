// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of the downloads the user keeps from others, public or not.
 *
 * @param names says it of names ({@code never_seed_patterns})
 * @param taken says it of what was taken back ({@code seed remove})
 */
record KeptBack(NodeConfig.Store names, Optional<Exclusions> taken) {
    private static final Logger LOG = LoggerFactory.getLogger(KeptBack.class);

    /**
     * By the settings, and by what was taken back: as the store has it, where that is seeded, else as it was left. Blocks.
     */
    static KeptBack of(NodeConfig config, Optional<Exclusions> ofStore) {
        return new KeptBack(config.seeding().store(),
                ofStore.isPresent() ? ofStore : Optional.of(left(config.files().stateDir())));
    }

    private static Exclusions left(Path stateDirectory) {
        Exclusions taken = new Exclusions(stateDirectory);
        try {
            var _ = taken.known();
        } catch (IOException e) {
            LOG.warn("nothing that is downloaded is offered: {}", e.getMessage());
        }
        return taken;
    }

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
