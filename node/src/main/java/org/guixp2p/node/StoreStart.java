// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Deque;
import java.util.Optional;
import java.util.stream.Collectors;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.store.StoreSeeder;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.persistence.ledger.StoreLedger;
import org.guixp2p.protocol.hash.Sha256;

/** Has the store seeded, where the settings want it. */
record StoreStart(NodeConfig config, Metadata metadata, StoreSeeder.Surroundings around, Deque<AutoCloseable> open) {
    /**
     * Begins, where that is wanted; a node that cannot seed its store is a node all the same.
     *
     * @param others what is offered besides
     */
    Optional<StoreSeeder> begin(Offers others) throws StartException {
        if (!config.seeding().seedsStore()) {
            return Optional.empty();
        }
        Sha256 keys = digest(PublicKeys.read(config.seeding().publicKeys()).stream()
                .map(key -> new String(key.encoded(), UTF_8)).sorted().collect(Collectors.joining()));
        Sha256 servers = digest(config.substitutes().urls().toString());
        StoreSeeder seeder = StoreSeeder.begin(config.seeding().store(), config.files(),
                new StoreLedger(config.files().stateDir(), keys, servers),
                (path, hash) -> metadata.gate(path, hash, config.substitutes().urls()), others, around);
        open.push(seeder);
        return Optional.of(seeder);
    }

    private static Sha256 digest(String text) {
        return Sha256.hash(text.getBytes(UTF_8));
    }
}
