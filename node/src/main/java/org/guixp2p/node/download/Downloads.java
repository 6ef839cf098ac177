// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.persistence.nar.KeptNar;

/**
 * The downloads under way: one a NAR, however many ask for it under the same rules. One that has failed takes no more
 * readers: whoever asks next gets a new one.
 */
public final class Downloads extends AbstractBehavior<Downloads.Command> {
    /** What it understands. */
    public sealed interface Command permits Fetch, Cancel, WhatRuns, Idle, Failed, Ended, NotKept, SmallNars.Event {}

    /**
     * Joins the download of a NAR, or begins it.
     *
     * @param ahead whether nobody has asked for it: it need only be there, and gives way to all that is asked for
     */
    public record Fetch(NarRequest request, CompletableFuture<OpenedNar> answer,
            boolean ahead) implements Command {
        /** For somebody who waits for it. */
        public Fetch(NarRequest request, CompletableFuture<OpenedNar> answer) {
            this(request, answer, false);
        }
    }

    /** As {@link Download.Cancel}, of one that has no actor of its own. */
    public record Cancel(long number, ActorRef<Cancelled> replyTo) implements Command {}

    /** Wants the downloads under way. */
    public record WhatRuns(ActorRef<Running> replyTo) implements Command {}

    /**
     * The downloads under way.
     *
     * @param downloads the actors of those that have one
     * @param small how the others stand
     */
    public record Running(List<ActorRef<Download.Command>> downloads, List<TransferStatus> small) {
        public Running {
            downloads = List.copyOf(downloads);
            small = List.copyOf(small);
        }

        /** How many there are. */
        public int count() {
            return downloads.size() + small.size();
        }
    }

    /**
     * A download has no reader left.
     *
     * @param opened how many readers it has seen: if more were sent its way, it goes on
     */
    record Idle(ActorRef<Download.Command> download, int opened) implements Command {}

    /** A download has failed; its readers are still to hear of it. */
    record Failed(ActorRef<Download.Command> download) implements Command {}

    /** What is wanted was kept here, and is not there any more, or not right. */
    private record NotKept(Fetch fetch) implements Command {}

    private record Ended(ActorRef<Download.Command> download) implements Command {}

    private final DownloadContext node;
    /** Those that take further readers. */
    private final Map<NarRequest.Rules, ActorRef<Download.Command>> joinable = new HashMap<>();
    private final Map<ActorRef<Download.Command>, Run> runs = new HashMap<>();
    private final SmallNars small;
    private final KeptHere kept;
    private long started;

    /** One that runs, and how many readers were sent to it. */
    private static final class Run {
        private final NarRequest.Rules rules;
        private int opened;

        private Run(NarRequest.Rules rules) {
            this.rules = rules;
        }
    }

    private Downloads(ActorContext<Command> context, TimerScheduler<Command> timers, DownloadContext node) {
        super(context);
        this.node = node;
        this.small = new SmallNars(context, timers, node, this::takeOver);
        this.kept = new KeptHere(node);
    }

    /** The actor. */
    public static Behavior<Command> create(DownloadContext node) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new Downloads(context, timers, node)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Fetch.class, this::fetch)
                .onMessage(Idle.class, this::idle)
                .onMessage(Failed.class, this::failed)
                .onMessage(Ended.class, this::ended)
                .onMessage(NotKept.class, missing -> fetched(missing.fetch()))
                .onMessage(WhatRuns.class, this::whatRuns)
                .onMessage(Cancel.class, this::cancel)
                .onMessage(SmallNars.Event.class, this::small)
                .onSignal(PostStop.class, this::stopped)
                .build();
    }

    /** What comes already, or is held, is joined; what is kept need not come; all else is fetched. */
    private Behavior<Command> fetch(Fetch fetch) {
        NarRequest request = fetch.request();
        Optional<KeptNar> here = joinable.containsKey(request.rules()) || small.has(request.rules())
                ? Optional.empty()
                : kept.find(request);
        if (here.isEmpty()) {
            return fetched(fetch);
        }
        CompletableFuture<OpenedNar> later = KeptHere.isQuick(request) ? fetch.answer() : promised(fetch);
        ActorRef<Command> self = getContext().getSelf();
        var _ = kept.open(request, here.get()).thenAccept(opened -> opened.ifPresentOrElse(nar -> {
            if (!later.complete(nar)) {
                nar.release().run();
            }
        }, () -> self.tell(new NotKept(new Fetch(request, later, fetch.ahead())))));
        return this;
    }

    /** Whoever wants it is told that it comes, before it is known where from. */
    private static CompletableFuture<OpenedNar> promised(Fetch fetch) {
        CompletableFuture<OpenedNar> later = new CompletableFuture<>();
        OpenedNar promise = OpenedNar.promised(later, () -> {
            var _ = later.thenAccept(nar -> nar.release().run());
        });
        if (!fetch.answer().complete(promise)) {
            promise.release().run();
        }
        return later;
    }

    private Behavior<Command> fetched(Fetch fetch) {
        NarRequest request = fetch.request();
        ActorRef<Download.Command> known = joinable.get(request.rules());
        if (known == null && small.take(fetch)) {
            return this;
        }
        ActorRef<Download.Command> download = known == null
                ? start(request, Begun.now(request, node.watcher()), fetch.ahead())
                : known;
        run(download).opened++;
        download.tell(new Download.Open(fetch.answer(), fetch.ahead()));
        return this;
    }

    private Run run(ActorRef<Download.Command> download) {
        return Optional.ofNullable(runs.get(download)).orElseThrow();
    }

    private ActorRef<Download.Command> start(NarRequest request, Begun begun, boolean ahead) {
        ActorRef<Download.Command> download = getContext().spawn(
                Behaviors.supervise(Download.create(request, node, begun, getContext().getSelf(), ahead))
                        .onFailure(SupervisorStrategy.stop()),
                "download-" + started++);
        getContext().watchWith(download, new Ended(download));
        joinable.put(request.rules(), download);
        runs.put(download, new Run(request.rules()));
        return download;
    }

    private ActorRef<Download.Command> takeOver(NarRequest request, Begun begun, boolean ahead, int readers) {
        ActorRef<Download.Command> download = start(request, begun, ahead);
        run(download).opened += readers;
        return download;
    }

    /** A fault is one NAR's: without this actor nothing is fetched any more. */
    private Behavior<Command> small(SmallNars.Event event) {
        try {
            small.on(event);
        } catch (RuntimeException e) {
            getContext().getLog().error("a fault with a small NAR", e);
        }
        return this;
    }

    private Behavior<Command> cancel(Cancel cancel) {
        small.cancel(cancel);
        return this;
    }

    private Behavior<Command> stopped(PostStop signal) {
        small.stop();
        return this;
    }

    private Behavior<Command> idle(Idle idle) {
        Run run = runs.get(idle.download());
        if (run != null && run.opened == idle.opened()) {
            forget(idle.download());
            idle.download().tell(new Download.Stop());
        }
        return this;
    }

    private Behavior<Command> failed(Failed failed) {
        Run run = runs.get(failed.download());
        if (run != null) {
            joinable.remove(run.rules, failed.download());
        }
        return this;
    }

    private Behavior<Command> whatRuns(WhatRuns question) {
        question.replyTo().tell(new Running(List.copyOf(runs.keySet()), small.statuses()));
        return this;
    }

    private Behavior<Command> ended(Ended ended) {
        forget(ended.download());
        return this;
    }

    private void forget(ActorRef<Download.Command> download) {
        Run run = runs.remove(download);
        if (run != null) {
            joinable.remove(run.rules, download);
        }
    }
}
