// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * What every download needs of the node.
 *
 * @param directory where providers are found that are not connected
 * @param inventories what those who are connected say that they have
 * @param relays takes what downloads have so far, for others
 * @param reputation says whom to prefer, and is told what each peer gave
 * @param disk bounded platform threads for reading, writing and hashing
 * @param keeping a thread of its own for what takes long: putting whole NARs on the disk for good
 * @param readAhead how many bytes peers are asked for beyond what the fastest reader has read
 * @param keeper told of each NAR that was kept
 * @param watcher told how each download goes
 * @param budget the memory for blocks of all downloads together
 * @param pieces how much is read at a time for each reader
 * @param precedence of what is asked for before what is fetched ahead
 * @param grace how long peers have for their answers while servers stand by
 */
public record DownloadContext(NodeConfig config, PeerId self, ActorRef<Swarm.Command> swarm,
        ProviderDirectory directory, InventoryExchange inventories, Relays relays, Reputation reputation,
        NarStore store, Executor disk,
        Executor keeping, long readAhead, Keeper keeper,
        DownloadWatcher watcher, BlockBudget budget, Pieces pieces, Precedence precedence,
        Duration grace) {
    /**
     * Enough for the fastest link to go on while one block of it is late; the rest of a NAR is not asked for while nobody
     * reads.
     */
    public static final long READ_AHEAD = 256L << 20;
    /** What peers have in practice. */
    public static final Duration GRACE = Duration.ofSeconds(1);

    /** Takes NARs that were kept after a download. */
    public interface Keeper {
        /**
         * The NAR of a public item was fetched, and is to be kept: makes room for it. Blocks.
         *
         * @return why it is not to be kept, in words for people; nothing when it is
         */
        default Optional<String> makeRoom(NarHash hash, NarSize size) {
            return Optional.empty();
        }

        /** A NAR that is kept, as far as is known; does not block. */
        default Optional<KeptNar> find(NarHash hash) {
            return Optional.empty();
        }

        /** One that is kept is not what it was. Blocks. */
        default void damaged(KeptNar nar) {}

        /** The NAR of a public item was kept. */
        void kept(StorePath path, KeptNar nar, Manifest manifest);
    }
}
