// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.guixp2p.node.ahead.Prefetch;
import org.guixp2p.node.bridge.Walks;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.download.DownloadContext;
import org.guixp2p.node.download.OpenedNar;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;
import org.guixp2p.protocol.swarm.BlockLayout;

/** NARs fetched ahead: downloads like all others, of which nobody reads yet. */
final class FetchingAhead implements Prefetch.Fetcher {
    private final NodeConfig config;
    private final NodeSubstitutes substitutes;
    private final Executor disk;

    private FetchingAhead(NodeConfig config, NodeSubstitutes substitutes, Executor disk) {
        this.config = config;
        this.substitutes = substitutes;
        this.disk = disk;
    }

    /** Begins to hear what daemons ask, when the settings say so. */
    static Walks begin(DownloadContext downloads, NodeSubstitutes substitutes, MemoryShares memory,
            ActorSystem<SpawnProtocol.Command> system) {
        NodeConfig config = downloads.config();
        return switch (config.substitutes().prefetch()) {
            case OFF, METADATA -> Walks.UNHEARD;
            case FULL -> {
                FetchingAhead fetcher = new FetchingAhead(config, substitutes, downloads.disk());
                long blocks = (long) BlockLayout.BLOCK_BYTES * downloads.budget().total() / 2;
                yield Prefetch.walks(Actors.spawn(system, Prefetch.create(fetcher, downloads.precedence(),
                        new Prefetch.Bounds(memory.of(MemoryShares.Holder.WALKS), blocks,
                                () -> free(config.files().stateDir())),
                        System::nanoTime), "prefetch"));
            }
        };
    }

    /** With a disk that does not say, nothing is fetched ahead. By {@code java.nio.file} it would read all mounts each time. */
    private static long free(Path directory) {
        return directory.toFile().getUsableSpace();
    }

    @Override
    public CompletionStage<Optional<Prefetch.Hold>> begin(StorePath path, NixOptions options) {
        return CompletableFuture.supplyAsync(() -> isThere(path), disk).thenCompose(there -> there
                ? CompletableFuture.completedFuture(Optional.<Prefetch.Hold>empty())
                : substitutes.openAhead(path, options).thenApply(opened -> opened.map(this::hold)))
                .exceptionally(failure -> Optional.empty());
    }

    /** A client may ask about what the daemon has. What lies there and is not valid is fetched when it is asked for. */
    private boolean isThere(StorePath path) {
        return Files.exists(config.files().locate(path), LinkOption.NOFOLLOW_LINKS);
    }

    private Prefetch.Hold hold(OpenedNar opened) {
        return new Prefetch.Hold() {
            @Override
            public CompletionStage<?> nearlyAllAsked() {
                return opened.nearlyAllAsked();
            }

            @Override
            public CompletionStage<Boolean> whole() {
                return opened.whole();
            }

            @Override
            public void release() {
                opened.release().run();
            }
        };
    }
}
