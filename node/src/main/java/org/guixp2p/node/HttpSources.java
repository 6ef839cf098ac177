// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Prefetch;
import org.guixp2p.node.download.NarSupply;
import org.guixp2p.node.http.HttpNarSource;
import org.guixp2p.node.http.HttpSettings;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.node.http.NarRanking;
import org.guixp2p.node.http.PipelinedClient;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.metadata.AclFile;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.metadata.PeerNarinfos;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.DiskNarinfoCache;
import org.guixp2p.persistence.narinfo.NarinfoCache;
import org.guixp2p.protocol.narinfo.PublicGate;

/** What the node asks substitute servers for: narinfos, and NARs. */
final class HttpSources {
    private static final long NARINFO_CACHE_BYTES = 256L << 20;

    private final NodeConfig config;
    private final ActorSystem<SpawnProtocol.Command> system;
    private final HttpSettings http;
    private final MemoryShares memory;
    private final Mirrors mirrors;

    HttpSources(NodeConfig config, ActorSystem<SpawnProtocol.Command> system, HttpSettings http, MemoryShares memory,
            Mirrors mirrors) {
        this.config = config;
        this.system = system;
        this.http = http;
        this.memory = memory;
        this.mirrors = mirrors;
    }

    /**
     * Narinfos, whose signatures are verified, remembered and on the disk.
     *
     * @param peers are asked when no server is to be had
     */
    Metadata metadata(ExecutorService disk, ExecutorService background, PeerNarinfos peers, InstantSource clock)
            throws StartException, IOException {
        CompletableFuture<PipelinedClient> client = new CompletableFuture<>();
        Actors.spawn(system, Behaviors.setup(context -> {
            client.complete(PipelinedClient.spawn(context, http, NarinfoCache.MAX_NARINFO_BYTES,
                    config.substitutes().urls()));
            return Behaviors.empty();
        }), "metadata");
        NarinfoCache cache = DiskNarinfoCache.open(config.files().cacheDir().resolve("narinfo"),
                NARINFO_CACHE_BYTES, clock, background);
        return new Metadata(client.join(), cache, new AclFile(config.substitutes().aclPath()),
                new PublicGate(PublicKeys.read(config.seeding().publicKeys())), disk, clock,
                (delay, task) -> system.scheduler().scheduleOnce(delay, task, system.executionContext()), memory,
                peers, mirrors, config.substitutes().prefetch() != Prefetch.OFF, http.strangers());
    }

    /**
     * NARs, from the best server first.
     *
     * @param opened takes what is to be closed with the node
     */
    NodeSubstitutes.Servers nars(RateLimits limits, Consumer<AutoCloseable> opened) {
        HttpNarSource source = new HttpNarSource(system, http, limits.download(),
                memory.of(MemoryShares.Holder.DECODERS), mirrors);
        opened.accept(source);
        return (trusted, size) -> {
            List<NarOffer> offers = trusted.offers().stream()
                    .filter(offer -> offer.isAtItsServer() || !http.strangers().isAt(offer.server().uri())).toList();
            List<NarOffer> ranked = NarRanking.rank(offers, size, mirrors);
            return ranked.stream().<NarSupply>map(offer -> new ServerNar(source, offer, size, mirrors, ranked))
                    .toList();
        };
    }
}
