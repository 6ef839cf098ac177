// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * NARs of one block that a connected peer says it has. A closure has hundreds, and a {@link Download} of each costs far more than
 * its bytes: here one peer is asked one question, and what it gives is that NAR, by its NarHash, or it is not. Whatever else
 * happens, a download takes over, which asks everybody, blames whoever is to blame, and turns to servers. Part of the
 * {@link Downloads} actor, on its thread.
 */
final class SmallNars {
    private static final Logger LOG = LoggerFactory.getLogger(SmallNars.class);
    private static final Duration TICK = Duration.ofMillis(250);
    /** How long those who take over may take to say that they do. */
    private static final Duration HANDED_OVER = Duration.ofSeconds(10);

    /** What it hears of. */
    sealed interface Event extends Downloads.Command {}

    private record OfSwarm(Swarm.Event event) implements Event {}

    private record Came(SmallNar nar, SmallBlock.Stored stored) implements Event {}

    private record Missed(SmallNar nar, SmallBlock.Missing missing) implements Event {}

    private record Left(SmallNar nar, SmallNar.Reader reader) implements Event {}

    private record HasRead(SmallNar nar) implements Event {}

    private record Kept(SmallNar nar, Manifest manifest, Optional<String> failure) implements Event {}

    private record Sent(PeerId peer, long bytes) implements Event {}

    private record Tick() implements Event {}

    /** Has a {@link Download} take over. */
    interface Heir {
        /** Its actor, to which as many readers are sent as are said. */
        ActorRef<Download.Command> begin(NarRequest request, Begun begun, boolean ahead, int readers);
    }

    private final ActorContext<Downloads.Command> context;
    private final TimerScheduler<Downloads.Command> timers;
    private final DownloadContext node;
    private final Heir heir;
    private final SmallGivers givers;
    /** Those that take further readers. */
    private final Map<NarRequest.Rules, SmallNar> nars = new HashMap<>();

    SmallNars(ActorContext<Downloads.Command> context, TimerScheduler<Downloads.Command> timers, DownloadContext node,
            Heir heir) {
        this.context = context;
        this.timers = timers;
        this.node = node;
        this.heir = heir;
        this.givers = new SmallGivers(node, context.getSystem().ignoreRef());
        node.swarm().tell(new Swarm.Subscribe(context.messageAdapter(Swarm.Event.class, OfSwarm::new)));
    }

    // Who wants what.

    /** Whether one comes, or is held, that takes further readers. */
    boolean has(NarRequest.Rules rules) {
        return nars.containsKey(rules);
    }

    /** Takes a request on, or leaves it to a download. */
    boolean take(Downloads.Fetch fetch) {
        SmallNar known = nars.get(fetch.request().rules());
        if (known != null) {
            join(known, fetch);
            return true;
        }
        return mayBeAsked(fetch.request()) && begin(fetch);
    }

    private boolean mayBeAsked(NarRequest request) {
        return request.size().bytes() <= BlockLayout.BLOCK_BYTES && request.mayAskPeers()
                && request.policy() != SubstitutePolicy.HTTP_FIRST
                && node.config().substitutes().minProviders() <= 1;
    }

    private boolean begin(Downloads.Fetch fetch) {
        NarRequest request = fetch.request();
        List<PeerId> named = node.inventories().named(request.hash());
        if (named.isEmpty()) {
            return false;
        }
        long now = System.nanoTime();
        Optional<SmallGivers.Choice> choice = givers.choose(named, fetch.ahead(), now);
        if (choice.isEmpty()) {
            return false;
        }
        SmallNar nar = new SmallNar(request, choice.get().peer(), choice.get().hasOthers(),
                new Begun(node.watcher().begun(request), now));
        nars.put(request.rules(), nar);
        ask(nar, fetch.ahead());
        join(nar, fetch);
        return true;
    }

    private void ask(SmallNar nar, boolean mayWait) {
        if (givers.owesNothing()) {
            timers.startTimerWithFixedDelay(new Tick(), TICK);
        }
        if (!mayWait) {
            nar.hurried();
        }
        ActorRef<Downloads.Command> self = context.getSelf();
        Executor disk = node.disk();
        SmallBlock block = new SmallBlock(nar.request(), node.store());
        givers.ask(nar, mayWait,
                reply -> Stages.begin(() -> CompletableFuture.supplyAsync(() -> block.store(reply), disk))
                        .whenComplete((outcome, failure) -> self.tell(told(nar, outcome, failure))));
    }

    private static Event told(SmallNar nar, SmallBlock.@Nullable Outcome outcome, @Nullable Throwable failure) {
        return switch (outcome) {
            case SmallBlock.Stored stored -> new Came(nar, stored);
            case SmallBlock.Missing missing -> new Missed(nar, missing);
            case null ->
                new Missed(nar, new SmallBlock.Missing("not verified: " + failure, SmallBlock.Fault.NOBODYS));
        };
    }

    private void join(SmallNar nar, Downloads.Fetch fetch) {
        ActorRef<Downloads.Command> self = context.getSelf();
        if (nar.isAt(SmallNar.State.HERE)) {
            nar.reads();
            if (!fetch.answer().complete(opened(nar))) {
                hasRead(nar);
            }
        } else if (nar.await(fetch, reader -> self.tell(new Left(nar, reader)))) {
            if (nar.isToHurry()) {
                givers.hurry(nar);
            }
        } else if (nar.early().isEmpty()) {
            giveUp(nar);
        }
    }

    private OpenedNar opened(SmallNar nar) {
        ActorRef<Downloads.Command> self = context.getSelf();
        return new HeldNar(nar.file()::read, nar.request().size(), ReaderSide.SWARM + nar.request().path().baseName(),
                node.pieces(), node.disk(), () -> self.tell(new HasRead(nar))).opened();
    }

    /** Those under way, and those that are held, as people see them. */
    List<TransferStatus> statuses() {
        long now = System.nanoTime();
        return nars.values().stream().map(nar -> nar.status(now)).toList();
    }

    /** As {@link Download.Cancel}. */
    void cancel(Downloads.Cancel cancel) {
        Optional<SmallNar> nar = nars.values().stream().filter(each -> each.trace().number() == cancel.number())
                .findFirst();
        if (nar.isEmpty()) {
            cancel.replyTo().tell(new Cancelled.Other());
        } else if (isAsked(nar.get())) {
            handOver(nar.get()).tell(new Download.Cancel(cancel.number(), cancel.replyTo()));
        } else {
            cancel.replyTo().tell(new Cancelled.Over());
        }
    }

    // What happens.

    void on(Event event) {
        switch (event) {
            case OfSwarm(Swarm.PeerUp up) -> givers.up(up);
            case OfSwarm(Swarm.PeerDown down) -> givers.down(down.peer()).stream()
                    .filter(SmallNars::isAsked).forEach(this::askAgain);
            case OfSwarm(Swarm.Snapshot _) -> LOG.trace("those connected are known");
            case Came came -> came(came);
            case Missed missed -> missed(missed);
            case Left left -> left(left);
            case HasRead read -> hasRead(read.nar());
            case Kept kept -> kept(kept);
            case Sent sent -> givers.counted(sent.peer(), sent.bytes());
            case Tick _ -> tick();
        }
    }

    /** Whether it is still waited for. */
    private static boolean isAsked(SmallNar nar) {
        return nar.isAt(SmallNar.State.ASKED);
    }

    private void came(Came came) {
        SmallNar nar = came.nar();
        PartialNar file = came.stored().file();
        givers.settle(nar);
        if (!isAsked(nar)) {
            // It crossed: a download is at it by now, or nobody.
            onDisk(() -> SmallBlock.discard(file));
            return;
        }
        long now = System.nanoTime();
        givers.came(nar, now);
        // Those who are named count as asked, once for each time that it is wanted: a download counts its own.
        var _ = node.inventories().mayHave(nar.request().hash());
        nar.came(file, now);
        LOG.info("{}: fetched and verified, from {} by one question", nar.request().path(), nar.peer());
        if (nar.request().keeps(true)) {
            keep(nar, came.stored().manifest());
        }
        nar.early().forEach(reader -> {
            nar.reads();
            reader.opened().complete(opened(nar));
        });
        endIfOver(nar);
    }

    private void keep(SmallNar nar, Manifest manifest) {
        CompletableFuture<Optional<String>> work = Stages.begin(() -> CompletableFuture.supplyAsync(
                () -> Keeping.keep(nar.request(), node, nar.file(), () -> manifest), node.keeping()))
                .toCompletableFuture();
        nar.keeping(work);
        context.pipeToSelf(work, (failure, crash) -> new Kept(nar, manifest,
                crash == null ? failure : Optional.of(String.valueOf(crash))));
    }

    private void kept(Kept kept) {
        NarRequest request = kept.nar().request();
        if (kept.failure().isPresent()) {
            LOG.warn("{}: not kept: {}", request.path(), kept.failure().get());
        } else {
            // Whoever has asked for it before may ask again.
            BitSet all = new BitSet();
            all.set(0);
            node.swarm().tell(new Swarm.RelayNews(request.hash(), kept.manifest().root(), 1, all, all));
        }
        endIfOver(kept.nar());
    }

    private void missed(Missed missed) {
        SmallNar nar = missed.nar();
        givers.settle(nar);
        if (isAsked(nar)) {
            LOG.debug("{}: not from {} at once: {}", nar.request().path(), nar.peer(), missed.missing().reason());
            givers.missed(nar, missed.missing().fault());
            if (missed.missing().fault() == SmallBlock.Fault.LIES) {
                nar.lied(missed.missing().reason());
            }
            askAgain(nar);
        }
    }

    private void left(Left left) {
        if (!isAsked(left.nar())) {
            left.reader().letGo();
        } else if (left.nar().leave(left.reader())) {
            giveUp(left.nar());
        }
    }

    private void hasRead(SmallNar nar) {
        nar.hasRead();
        endIfOver(nar);
    }

    private void endIfOver(SmallNar nar) {
        if (nar.isOver()) {
            nar.over(System.nanoTime());
            forget(nar);
            onDisk(() -> {
                SmallBlock.discard(nar.file());
                try {
                    node.store().forgetLeftover(nar.request().hash());
                } catch (IOException e) {
                    LOG.warn("{}: {}", nar.request().path(), IoWords.of(e, Path.of("partial")));
                }
            });
        }
    }

    private void onDisk(Runnable work) {
        try {
            node.disk().execute(work);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops: what is left is removed at its next start");
        }
    }

    /** Nobody wants it any more. */
    private void giveUp(SmallNar nar) {
        givers.withdraw(nar);
        forget(nar);
        nar.givenUp(System.nanoTime());
    }

    /** It does not come from that peer: a download asks for it. */
    private void askAgain(SmallNar nar) {
        nar.requeued();
        handOver(nar);
    }

    /** A download takes over, with all who wait. */
    private ActorRef<Download.Command> handOver(SmallNar nar) {
        givers.withdraw(nar);
        forget(nar);
        nar.handedOver();
        nar.early().forEach(reader -> {
            var _ = reader.opened().completeOnTimeout(OpenedNar.failed("the download does not answer"),
                    HANDED_OVER.toMillis(), TimeUnit.MILLISECONDS);
        });
        ActorRef<Download.Command> download = heir.begin(nar.request(), nar.begun(), !nar.isWaitedFor(),
                nar.early().size());
        nar.early().forEach(reader -> download.tell(new Download.Open(reader.opened(), reader.isAhead())));
        return download;
    }

    private void forget(SmallNar nar) {
        nars.remove(nar.request().rules());
    }

    private void tick() {
        if (givers.owesNothing()) {
            timers.cancel(new Tick());
            return;
        }
        long now = System.nanoTime();
        givers.owed().stream().filter(nar -> isAsked(nar) && givers.isLate(nar, now)).forEach(nar -> {
            givers.late(nar);
            askAgain(nar);
        });
        ActorRef<Downloads.Command> self = context.getSelf();
        givers.count((peer, bytes) -> self.tell(new Sent(peer, bytes)));
    }

    /** Nothing comes any more. A NAR that is whole may yet be kept. */
    void stop() {
        for (SmallNar nar : nars.values()) {
            if (isAsked(nar)) {
                givers.withdraw(nar);
                nar.early().forEach(reader -> reader.opened()
                        .complete(OpenedNar.failed("the download was stopped")));
                nar.givenUp(System.nanoTime());
            } else {
                var _ = nar.keeping().whenComplete((kept, failure) -> SmallBlock.discard(nar.file()));
                nar.over(System.nanoTime());
            }
        }
        nars.clear();
        givers.settleAll();
    }
}
