// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.guixp2p.node.ahead.Prefetch;
import org.guixp2p.node.bridge.Substitutes;
import org.guixp2p.node.bridge.Walks;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.bridge.FromRestorer.Daemon;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A large NAR that is begun ahead while somebody reads another one, for long. */
class HeldBackTest {
    private static final Daemon DAEMON = new Daemon(4711, 99);
    private static final NixOptions OPTIONS = NixOptions.parse("");
    private static final long LARGE = 20L * BlockLayout.BLOCK_BYTES;
    private static final Duration HELD = Duration.ofMinutes(10);

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final AtomicLong nanos = new AtomicLong();
    private final Precedence precedence = new Precedence();
    private final CompletableFuture<StorePath> begun = new CompletableFuture<>();
    private final CompletableFuture<Void> released = new CompletableFuture<>();
    private final Walks walks = Prefetch.walks(kit.spawn(Prefetch.create(this::begin, precedence,
            new Prefetch.Bounds(1 << 20, LARGE, () -> 1L << 40), nanos::get)));

    private CompletionStage<Optional<Prefetch.Hold>> begin(StorePath path, NixOptions options) {
        begun.complete(path);
        return CompletableFuture.completedFuture(Optional.of(new Prefetch.Hold() {
            @Override
            public CompletionStage<?> nearlyAllAsked() {
                return new CompletableFuture<>();
            }

            @Override
            public CompletionStage<Boolean> whole() {
                return new CompletableFuture<>();
            }

            @Override
            public void release() {
                released.complete(null);
            }
        }));
    }

    private static StorePath path(String name) {
        return new StorePath("0".repeat(32) + "-" + name);
    }

    private void passes(Duration duration) {
        nanos.addAndGet(duration.toNanos());
        time.timePasses(duration);
    }

    @AfterEach
    void close() {
        kit.shutdownTestKit();
    }

    @Test
    void itIsNotLetGoOfBeforeAnybodyCouldHaveAskedForIt() {
        Precedence.Claim read = precedence.claim();
        read.set(true);
        walks.came(DAEMON);
        walks.told(DAEMON, Stream.of("read", "next").map(name -> new Substitutes.Available(path(name),
                ByteBuffer.allocate(0), List.of(), LARGE)).toList(), false, OPTIONS);
        walks.wants(DAEMON, path("read"));
        Eventually.get(begun);
        for (int i = 0; i < 3; i++) {
            passes(HELD.dividedBy(2));
        }
        assertFalse(released.isDone());
        read.set(false);
        passes(HELD);
        Eventually.get(released);
    }
}
