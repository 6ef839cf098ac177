// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;

/** A gateway before items whose first bytes are there, and the others when a test says so. */
final class ScriptedItems implements GatewayItems, AutoCloseable {
    private static final int THERE = 64;
    /** What a client does not read soon fills it up. */
    private static final int SMALL_BUFFER = 16 << 10;

    private final boolean held;
    private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "gateway-test");
    private final ExecutorService compressing = Executors.newFixedThreadPool(2);
    private final Gateway.Started started;
    private final List<StorePath> opened = new CopyOnWriteArrayList<>();
    private final AtomicInteger wanted = new AtomicInteger();
    private final AtomicInteger offersAsked = new AtomicInteger();
    private final AtomicInteger knownAsked = new AtomicInteger();
    private volatile CompletionStage<Boolean> known = CompletableFuture.completedFuture(true);
    private volatile CompletionStage<Done> looked = CompletableFuture.completedFuture(Done.getInstance());
    private volatile CompletionStage<Done> begun = CompletableFuture.completedFuture(Done.getInstance());
    private final ConcurrentHashMap<StorePath, CompletableFuture<Done>> gates = new ConcurrentHashMap<>();

    /**
     * @param held whether all lie here
     * @param reading how many of these can be read at a time
     */
    ScriptedItems(GatewaySettings settings, boolean held, int reading, String host) throws Exception {
        this.held = held;
        this.started = Gateway.start(system, this, settings, new Gateway.Means(compressing, reading, 1 << 20),
                new HostAndPort(host, 0), OptionalInt.of(SMALL_BUFFER));
    }

    HostAndPort address() {
        return new HostAndPort("127.0.0.1", started.address().port());
    }

    /** What was begun with, in its order. */
    List<StorePath> opened() {
        return List.copyOf(opened);
    }

    /** How many of these are still wanted. */
    int wanted() {
        return wanted.get();
    }

    /** How often it was asked what is offered. */
    int offersAsked() {
        return offersAsked.get();
    }

    /** How often it was asked whether something is known. */
    int knownAsked() {
        return knownAsked.get();
    }

    /** From now on this is said of whether something is known. */
    void known(CompletionStage<Boolean> answer) {
        known = answer;
    }

    /** From now on no lookup ends until {@code done} has. */
    void lookUntil(CompletionStage<Done> done) {
        looked = done;
    }

    /** From now on no NAR has a first byte. */
    void beginNone() {
        begun = new CompletableFuture<>();
    }

    /** From now on each has one, but for those that were begun before. */
    void beginAgain() {
        begun = CompletableFuture.completedFuture(Done.getInstance());
    }

    /** Gives the rest of an item's NAR to all who want it. */
    void giveAll(FixtureItems.Item item) {
        gate(item.path()).complete(Done.getInstance());
    }

    private CompletableFuture<Done> gate(StorePath path) {
        return gates.computeIfAbsent(path, any -> new CompletableFuture<>());
    }

    @Override
    public CompletionStage<Boolean> isKnown(String hashPart) {
        // Read first: who sees that it was asked may have the next ones told otherwise.
        CompletionStage<Boolean> answer = known;
        knownAsked.incrementAndGet();
        return answer;
    }

    @Override
    public CompletionStage<Optional<Item>> find(String hashPart) {
        return looked.thenApply(done -> FixtureItems.all().stream()
                .filter(item -> item.path().hashPart().equals(hashPart)).findFirst().map(ScriptedItems::item));
    }

    private static Item item(FixtureItems.Item item) {
        try {
            return new Item(Narinfo.parse(Fixtures.bytes("narinfo/" + item.path().hashPart() + ".narinfo")),
                    item.size());
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public CompletionStage<Optional<Opened>> open(Item item, long from, CompletionStage<Done> gone) {
        // Read first: who sees that this was opened may let the next ones begin.
        CompletionStage<Done> there = begun;
        opened.add(item.path());
        wanted.incrementAndGet();
        var _ = gone.thenRun(wanted::decrementAndGet);
        byte[] nar = TestNars.plain(FixtureItems.of(item.path().baseName()));
        ByteString first = ByteString.fromArray(Arrays.copyOf(nar, THERE));
        ByteString rest = ByteString.fromArray(Arrays.copyOfRange(nar, THERE, nar.length));
        Source<ByteString, NotUsed> bytes = Source.single(first)
                .concat(Source.completionStage(gate(item.path()).thenApply(go -> rest)));
        return there.thenApply(one -> Optional.of(held
                ? new Opened.Held(bytes, () -> CompletableFuture.completedFuture(Optional.empty()))
                : new Opened.Coming(bytes)));
    }

    @Override
    public CompletionStage<Optional<Item>> offered(String hashPart) {
        offersAsked.incrementAndGet();
        return held ? find(hashPart) : CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletionStage<Optional<Opened>> openOffered(Item item, long from) {
        return held ? open(item, from, new CompletableFuture<>()) : CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public void close() {
        started.gateway().close();
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
        compressing.shutdownNow();
    }
}
