// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.guixp2p.node.bridge.Substitutes;
import org.guixp2p.node.bridge.Walks;
import org.guixp2p.node.download.Precedence;
import org.guixp2p.protocol.bridge.FromRestorer.Daemon;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When NARs are fetched ahead, and how long they are held: the test is in the place of downloads. */
class PrefetchTest {
    private static final Daemon DAEMON = new Daemon(4711, 99);
    private static final NixOptions OPTIONS = NixOptions.parse("");
    private static final long FREE = 1L << 40;
    /** As many bytes as blocks may take of the memory. */
    private static final int LARGE = 16 << 20;

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final AtomicLong nanos = new AtomicLong();
    private final BlockingQueue<Fetching> fetchings = new LinkedBlockingQueue<>();
    private final Precedence precedence = new Precedence();
    private final Walks walks = Prefetch.walks(kit.spawn(Prefetch.create(this::begin, precedence,
            new Prefetch.Bounds(1 << 20, LARGE, () -> FREE), nanos::get)));

    private record Fetching(StorePath path, CompletableFuture<Optional<Prefetch.Hold>> answer,
            CompletableFuture<Void> nearlyAllAsked, CompletableFuture<Boolean> whole,
            CompletableFuture<Void> released) implements Prefetch.Hold {
        @Override
        public void release() {
            released.complete(null);
        }

        /** It is on its way. */
        Fetching going() {
            answer.complete(Optional.of(this));
            return this;
        }

        void awaitReleased() {
            released.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    private CompletionStage<Optional<Prefetch.Hold>> begin(StorePath path, NixOptions options) {
        Fetching fetching = new Fetching(path, new CompletableFuture<>(), new CompletableFuture<>(),
                new CompletableFuture<>(), new CompletableFuture<>());
        fetchings.add(fetching);
        return fetching.answer();
    }

    private static StorePath path(String name) {
        return ClosureOrderTest.path(name);
    }

    private void told(String... names) {
        told(1000, names);
    }

    private void told(long narBytes, String... names) {
        walks.told(DAEMON, List.of(names).stream().map(name -> new Substitutes.Available(path(name),
                ByteBuffer.allocate(0), List.of(), narBytes)).toList(), false, OPTIONS);
    }

    private Fetching next(String name) throws InterruptedException {
        Fetching next = fetchings.poll(20, TimeUnit.SECONDS);
        assertNotNull(next, () -> name + " is not fetched");
        assertEquals(path(name), next.path());
        return next;
    }

    private void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
        time.timePasses(duration);
    }

    @BeforeEach
    void come() {
        walks.came(DAEMON);
    }

    @AfterEach
    void close() {
        kit.shutdownTestKit();
    }

    @Test
    void whatIsReadIsNotHeldAnyMore() throws Exception {
        told("a", "b", "c");
        walks.wants(DAEMON, path("a"));
        Fetching b = next("b").going();
        b.whole().complete(true);
        Fetching c = next("c");
        walks.taken(path("b"), OPTIONS);
        b.awaitReleased();
        // It was asked for before it was under way.
        walks.taken(path("c"), OPTIONS);
        told("d");
        next("d");
        c.going().awaitReleased();
    }

    @Test
    void theNextLargeOneBeginsWhenTheLastBlocksOfTheOneBeforeAreOnTheirWay() throws Exception {
        told(LARGE, "a", "b", "c", "d");
        walks.wants(DAEMON, path("a"));
        Fetching b = next("b").going();
        b.nearlyAllAsked().complete(null);
        Fetching c = next("c").going();
        // Whole without a word before, as one that was here.
        c.whole().complete(true);
        next("d");
        b.whole().complete(true);
        walks.taken(path("b"), OPTIONS);
        b.awaitReleased();
    }

    @Test
    void whatCannotBeHadIsNotTriedAgain() throws Exception {
        told("a", "b", "c");
        walks.wants(DAEMON, path("a"));
        Fetching b = next("b").going();
        next("c").answer().complete(Optional.empty());
        b.whole().complete(false);
        b.awaitReleased();
        told("b", "c", "d");
        next("d");
        assertEquals(List.of(), List.copyOf(fetchings));
    }

    @Test
    void whatNobodyAsksForIsDroppedAfterTenMinutes() throws Exception {
        told("a", "b");
        walks.wants(DAEMON, path("a"));
        Fetching b = next("b").going();
        b.whole().complete(true);
        pass(Prefetch.HELD.minusSeconds(20));
        told("c");
        Fetching c = next("c").going();
        assertFalse(b.released().isDone());
        pass(Duration.ofSeconds(30));
        b.awaitReleased();
        told("d");
        next("d");
        assertFalse(c.released().isDone());
    }

    @Test
    void whatIsFetchedForAClientThatHasGoneIsDroppedSoon() throws Exception {
        told("a", "b");
        walks.wants(DAEMON, path("a"));
        Fetching b = next("b").going();
        walks.went(DAEMON);
        Daemon other = new Daemon(4712, 1);
        walks.came(other);
        walks.told(other, List.of(new Substitutes.Available(path("c"), ByteBuffer.allocate(0), List.of(), 1000)), true,
                OPTIONS);
        walks.wants(other, path("x"));
        Fetching c = next("c").going();
        pass(Duration.ofSeconds(40));
        b.awaitReleased();
        assertFalse(c.released().isDone());
    }

    @Test
    void withOtherServersItIsAnotherDownload() throws Exception {
        NixOptions own = NixOptions.parse("substitute-urls=http://example.org\n");
        told("a", "b");
        walks.wants(DAEMON, path("a"));
        Fetching b = next("b").going();
        Daemon other = new Daemon(4712, 1);
        walks.told(other, List.of(new Substitutes.Available(path("b"), ByteBuffer.allocate(0), List.of(), 1000)), true,
                own);
        walks.wants(other, path("x"));
        Fetching another = next("b").going();
        walks.taken(path("b"), own);
        another.awaitReleased();
        assertFalse(b.released().isDone());
    }

    @Test
    void noMoreAreFetchedThanTheBudgetSays() throws Exception {
        String[] names = new String[AheadBudget.MOST_AT_ONCE + AheadBudget.TOGETHER + 2];
        for (int i = 0; i < names.length; i++) {
            names[i] = "item-%03d".formatted(i);
        }
        told(names);
        walks.wants(DAEMON, path(names[0]));
        List<Fetching> going = new ArrayList<>();
        for (int i = 1; i <= AheadBudget.TOGETHER; i++) {
            going.add(next(names[i]).going());
        }
        for (int i = AheadBudget.TOGETHER + 1; i <= AheadBudget.MOST_AT_ONCE; i++) {
            next(names[i]);
        }
        assertEquals(List.of(), List.copyOf(fetchings));
        // Of as many as there is room for together then.
        going.forEach(one -> one.whole().complete(true));
        for (int i = 1; i <= AheadBudget.TOGETHER; i++) {
            next(names[AheadBudget.MOST_AT_ONCE + i]);
        }
        assertEquals(List.of(), List.copyOf(fetchings));
    }
}
