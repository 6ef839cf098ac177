// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Sends many small GETs to a few servers. Safe for use by many threads; every request ends with a {@link Reply}. */
public final class PipelinedClient {
    /** Servers at once besides the node's own: {@code _NIX_OPTIONS} may name any. */
    private static final int MOST_SERVERS = 16;

    private final ActorRef<Get> actor;
    private final Outstanding outstanding;
    private final Strangers strangers;

    /** A request for one server. */
    record Get(Origin origin, LaneRequest request) {}

    /** Those of the requests that have no result yet, so that none is left without one when the actor stops. */
    static final class Outstanding {
        private final Set<LaneRequest> requests = ConcurrentHashMap.newKeySet();
        private volatile boolean stopped;

        void add(LaneRequest request) {
            requests.add(request);
            var _ = request.result().whenComplete((result, failure) -> requests.remove(request));
            if (stopped) {
                request.complete(LaneRequest.Result.failed(new HttpFault.Stopped()));
            }
        }

        void stop() {
            stopped = true;
            requests.forEach(request -> request.complete(LaneRequest.Result.failed(new HttpFault.Stopped())));
        }
    }

    private static final class LaneEntry {
        private final ActorRef<LaneActor.Command> actor;
        private final AtomicInteger open = new AtomicInteger();

        LaneEntry(ActorRef<LaneActor.Command> actor) {
            this.actor = actor;
        }

        void submit(LaneRequest request) {
            open.incrementAndGet();
            var _ = request.result().whenComplete((result, failure) -> open.decrementAndGet());
            // In this order: a request is submitted as what it is by then, and raised when that changes later.
            request.onRaise(() -> actor.tell(new LaneActor.Raise(request)));
            actor.tell(new LaneActor.Submit(request));
        }
    }

    PipelinedClient(ActorRef<Get> actor, Outstanding outstanding, Strangers strangers) {
        this.strangers = strangers;
        this.actor = actor;
        this.outstanding = outstanding;
    }

    /**
     * Starts a client that stops with {@code context}'s actor.
     *
     * @param mostBytes no answer may be longer
     * @param own servers that there is always room for, whatever others are asked
     */
    public static PipelinedClient spawn(ActorContext<?> context, HttpSettings settings, long mostBytes,
            List<URI> own) {
        Outstanding outstanding = new Outstanding();
        ActorRef<Get> actor = context.spawn(behavior(settings, mostBytes, own, outstanding), "http-lookups");
        // Should it fail, so does whoever cannot go on without it.
        context.watch(actor);
        return new PipelinedClient(actor, outstanding, settings.strangers());
    }

    static Behavior<Get> behavior(HttpSettings settings, long mostBytes, List<URI> own, Outstanding outstanding) {
        return Behaviors.setup(context -> {
            Function<Origin, LaneEntry> begin = origin -> new LaneEntry(
                    context.spawnAnonymous(LaneActor.create(origin, settings, mostBytes)));
            Map<Origin, LaneEntry> ownLanes = origins(own).stream()
                    .collect(Collectors.toUnmodifiableMap(origin -> origin, begin));
            ownLanes.values().forEach(lane -> context.watch(lane.actor));
            Map<Origin, LaneEntry> lanes = new LinkedHashMap<>(16, 0.75f, true);
            return Behaviors.receive(Get.class).onMessage(Get.class, get -> {
                LaneEntry lane = ownLanes.getOrDefault(get.origin(), lanes.get(get.origin()));
                if (lane == null) {
                    makeRoom(lanes, context);
                    if (lanes.size() >= MOST_SERVERS) {
                        get.request().complete(LaneRequest.Result
                                .failed(new HttpFault.Overloaded("more than " + MOST_SERVERS + " servers")));
                        return Behaviors.same();
                    }
                    lane = begin.apply(get.origin());
                    lanes.put(get.origin(), lane);
                }
                lane.submit(get.request());
                return Behaviors.same();
            }).onSignal(PostStop.class, signal -> {
                outstanding.stop();
                return Behaviors.same();
            }).build();
        });
    }

    /** Those of {@code urls} that can be asked at all. */
    private static Set<Origin> origins(List<URI> urls) {
        Set<Origin> origins = new HashSet<>();
        for (URI url : urls) {
            try {
                origins.add(Origin.of(url));
            } catch (HttpFaultException e) {
                // Whoever asks it hears of it.
            }
        }
        return origins;
    }

    /** Parts with the server that was asked least recently, of those with nothing under way. */
    private static void makeRoom(Map<Origin, LaneEntry> lanes, ActorContext<Get> context) {
        if (lanes.size() < MOST_SERVERS) {
            return;
        }
        lanes.entrySet().stream().filter(entry -> entry.getValue().open.get() == 0).findFirst().ifPresent(idle -> {
            context.stop(idle.getValue().actor);
            lanes.remove(idle.getKey());
        });
    }

    /**
     * Asks for {@code uri}, and for where it redirects to. The stage fails only as {@code use} and {@code executor} do.
     *
     * @param urgency may be raised as long as there is no answer
     * @param use what is made of the reply. A connection reads on only as answers are used: what came and nobody had the
     *        time for does not pile up in memory
     * @param executor where {@code use} runs
     */
    public <T> CompletionStage<T> get(URI uri, Urgency urgency, Function<Reply, T> use, Executor executor) {
        URI ascii = URI.create(uri.toASCIIString());
        return ask(ascii, urgency, new Redirects(ascii, strangers))
                .thenCompose(result -> CompletableFuture.completedFuture(result.reply()).thenApplyAsync(use, executor)
                        .whenComplete((made, failure) -> result.used().run()));
    }

    private CompletionStage<LaneRequest.Result> ask(URI uri, Urgency urgency, Redirects redirects) {
        LaneRequest request = new LaneRequest(uri, urgency);
        try {
            Origin origin = Origin.of(uri);
            outstanding.add(request);
            actor.tell(new Get(origin, request));
        } catch (HttpFaultException e) {
            return CompletableFuture.completedStage(LaneRequest.Result.failed(e.fault()));
        }
        return request.result().thenCompose(result -> settle(uri, urgency, redirects, result));
    }

    private CompletionStage<LaneRequest.Result> settle(URI uri, Urgency urgency, Redirects redirects,
            LaneRequest.Result result) {
        if (!(result.reply() instanceof Reply.Answer answer) || !Redirects.isRedirect(answer.status())) {
            return CompletableFuture.completedStage(result);
        }
        result.used().run();
        try {
            return ask(redirects.follow(uri, result.location()), urgency, redirects);
        } catch (HttpFaultException e) {
            return CompletableFuture.completedStage(LaneRequest.Result.failed(e.fault()));
        }
    }
}
