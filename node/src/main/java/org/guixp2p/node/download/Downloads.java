// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.guixp2p.protocol.item.NarHash;

/** The downloads under way: one a NAR, however many ask for it. */
public final class Downloads extends AbstractBehavior<Downloads.Command> {
    /** What it understands. */
    public sealed interface Command {}

    /** Joins the download of a NAR, or begins it. */
    public record Fetch(NarRequest request, ActorRef<Download.Opened> replyTo) implements Command {}

    /** Wants the actors of the downloads under way. */
    public record WhatRuns(ActorRef<Running> replyTo) implements Command {}

    /** The downloads under way. */
    public record Running(List<ActorRef<Download.Command>> downloads) {
        public Running {
            downloads = List.copyOf(downloads);
        }
    }

    /**
     * A download has no reader left.
     *
     * @param opened how many readers it has seen: if more were sent its way, it goes on
     */
    record Idle(NarHash hash, ActorRef<Download.Command> download, int opened) implements Command {}

    private record Ended(NarHash hash, ActorRef<Download.Command> download) implements Command {}

    private record Child(ActorRef<Download.Command> download, int opened) {}

    private final DownloadContext node;
    private final Map<NarHash, Child> children = new HashMap<>();
    private long started;

    private Downloads(ActorContext<Command> context, DownloadContext node) {
        super(context);
        this.node = node;
    }

    /** The actor. */
    public static Behavior<Command> create(DownloadContext node) {
        return Behaviors.setup(context -> new Downloads(context, node));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Fetch.class, this::fetch)
                .onMessage(Idle.class, this::idle)
                .onMessage(Ended.class, this::ended)
                .onMessage(WhatRuns.class, this::whatRuns)
                .build();
    }

    private Behavior<Command> fetch(Fetch fetch) {
        Child child = children.get(fetch.request().hash());
        if (child == null) {
            child = new Child(start(fetch.request()), 0);
        }
        children.put(fetch.request().hash(), new Child(child.download(), child.opened() + 1));
        child.download().tell(new Download.Open(fetch.replyTo()));
        return this;
    }

    private ActorRef<Download.Command> start(NarRequest request) {
        ActorRef<Download.Command> download = getContext().spawn(
                Behaviors.supervise(Download.create(request, node, getContext().getSelf()))
                        .onFailure(SupervisorStrategy.stop()),
                "download-" + started++);
        getContext().watchWith(download, new Ended(request.hash(), download));
        return download;
    }

    private Behavior<Command> idle(Idle idle) {
        Child child = children.get(idle.hash());
        if (child != null && child.download().equals(idle.download()) && child.opened() == idle.opened()) {
            children.remove(idle.hash());
            idle.download().tell(new Download.Stop());
        }
        return this;
    }

    private Behavior<Command> whatRuns(WhatRuns question) {
        question.replyTo().tell(new Running(children.values().stream().map(Child::download).toList()));
        return this;
    }

    private Behavior<Command> ended(Ended ended) {
        children.computeIfPresent(ended.hash(),
                (hash, child) -> child.download().equals(ended.download()) ? null : child);
        return this;
    }
}
