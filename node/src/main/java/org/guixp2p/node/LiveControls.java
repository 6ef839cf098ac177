// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.guixp2p.api.LimitsChange;
import org.guixp2p.api.LimitsStatus;
import org.guixp2p.api.NodeControls;
import org.guixp2p.api.Outcome;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.api.PolicyStatus;
import org.guixp2p.api.SeedAddition;
import org.guixp2p.api.SeedRemoval;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.LimitsRequest;
import org.guixp2p.node.control.SeedTarget;
import org.guixp2p.node.download.Cancelled;
import org.guixp2p.node.download.Download;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.PeerAddress;

/** What the REST API changes, by those who change it for the user's commands too. */
final class LiveControls implements NodeControls {
    /** What an actor may take to answer. */
    private static final Duration ANSWER = Duration.ofSeconds(3);
    /** Less than the server lets a request take; a dial to one address takes 10 s at most. */
    private static final Duration DIAL = Duration.ofSeconds(14);
    /** Who has no place for this node greets it, and hangs up when it has heard who it is. */
    private static final Duration SETTLED = Duration.ofSeconds(1);

    private final NodeConfig config;
    private final CurrentPolicy policy;
    private final RateLimits limits;
    private final Actors actors;
    private final LiveView view;
    private final NodeAnswers.OfSeeds seeds;

    /** @param seeds changes what is offered */
    LiveControls(NodeConfig config, CurrentPolicy policy, RateLimits limits, Actors actors, LiveView view,
            NodeAnswers.OfSeeds seeds) {
        this.config = config;
        this.policy = policy;
        this.limits = limits;
        this.actors = actors;
        this.view = view;
        this.seeds = seeds;
    }

    private static <T> CompletionStage<Outcome<T>> now(Outcome<T> outcome) {
        return CompletableFuture.completedFuture(outcome);
    }

    private static <T> CompletionStage<Outcome<T>> malformed(FormatException e) {
        return now(Outcome.refused(Outcome.Reason.MALFORMED, String.valueOf(e.getMessage())));
    }

    private static <T> CompletionStage<Outcome<T>> conflict(String detail) {
        return now(Outcome.refused(Outcome.Reason.CONFLICT, detail));
    }

    // What is offered.

    /** Lines of an answer; they may come on several threads. */
    private CompletionStage<List<Map<String, ?>>> ask(ControlQuestion.OfSeeds question) {
        List<Map<String, ?>> lines = Collections.synchronizedList(new ArrayList<>());
        return seeds.answer(question, lines::add).thenApply(done -> List.copyOf(lines));
    }

    private static <T> Optional<Outcome<T>> refusal(List<Map<String, ?>> lines) {
        List<Map<String, ?>> refused = lines.stream().filter(line -> line.containsKey(SeedAnswers.REFUSED)).toList();
        // Where something was done, that is the answer.
        if (refused.isEmpty() || refused.size() < lines.size()) {
            return Optional.empty();
        }
        boolean absent = refused.stream()
                .allMatch(line -> SeedAnswers.ABSENT.equals(line.get(SeedAnswers.BECAUSE)));
        return Optional.of(Outcome.refused(absent ? Outcome.Reason.ABSENT : Outcome.Reason.UNAVAILABLE,
                refused.stream().map(line -> String.valueOf(line.get(SeedAnswers.REFUSED)))
                        .collect(Collectors.joining("; "))));
    }

    private static List<Map<String, ?>> done(List<Map<String, ?>> lines) {
        return lines.stream().filter(line -> !line.containsKey(SeedAnswers.REFUSED)).toList();
    }

    @Override
    public CompletionStage<Outcome<SeedAddition>> addSeed(String storePath) {
        try {
            StorePath path = StorePath.parse(storePath);
            return ask(new ControlQuestion.AddSeed(path)).thenApply(lines -> LiveControls.<SeedAddition>refusal(lines)
                    .orElseGet(() -> added(path, Boolean.TRUE.equals(done(lines).getFirst().get("added")))));
        } catch (FormatException e) {
            return malformed(e);
        }
    }

    private static Outcome<SeedAddition> added(StorePath path, boolean isNew) {
        return new Outcome.Done<>(new SeedAddition(path.path(), isNew), isNew);
    }

    @Override
    public CompletionStage<Outcome<SeedRemoval>> removeSeed(String key) {
        try {
            return ask(new ControlQuestion.RemoveSeed(target(key)))
                    .thenApply(lines -> LiveControls.<SeedRemoval>refusal(lines).orElseGet(() -> Outcome
                            .done(new SeedRemoval(done(lines).stream().map(LiveControls::removed).toList()))));
        } catch (FormatException e) {
            return malformed(e);
        }
    }

    /** No hash has a hyphen, and each name of an item has one. */
    private static SeedTarget target(String key) throws FormatException {
        return key.indexOf('-') > 0 && !key.startsWith("/")
                ? new SeedTarget.Item(StorePath.parseBaseName(key))
                : SeedTarget.parse(key);
    }

    private static SeedRemoval.Removed removed(Map<String, ?> line) {
        Object nar = line.get("nar");
        return new SeedRemoval.Removed(String.valueOf(line.get("path")), nar == null ? null : nar.toString(),
                String.valueOf(line.get("source")), Boolean.TRUE.equals(line.get("in_seed_paths")));
    }

    // How much, and from whom first.

    @Override
    public CompletionStage<Outcome<LimitsStatus>> changeLimits(LimitsChange change) {
        try {
            LimitsRequest request = new LimitsRequest(rate(change.upload()), rate(change.download()),
                    rate(change.uploadPerPeer()), rate(change.downloadPerPeer()));
            return now(Outcome.done(LiveView.status(limits.change(request::applyTo))));
        } catch (FormatException e) {
            return malformed(e);
        }
    }

    private static Optional<ByteRate> rate(Optional<Long> bytesPerSecond) throws FormatException {
        return bytesPerSecond.isEmpty()
                ? Optional.empty()
                : Optional.of(ByteRate.parse(Long.toString(bytesPerSecond.get())));
    }

    @Override
    public CompletionStage<Outcome<PolicyStatus>> changePolicy(String word) {
        Optional<SubstitutePolicy> next = Stream.of(SubstitutePolicy.values())
                .filter(each -> Words.of(each).equals(word)).findFirst();
        if (next.isEmpty()) {
            return now(Outcome.refused(Outcome.Reason.MALFORMED,
                    "policy: p2p-only, p2p-first or http-first expected"));
        }
        if (next.get() == SubstitutePolicy.P2P_ONLY && isAlone()) {
            return conflict("share is off: with p2p-only no peer would be asked and no server");
        }
        policy.set(next.get());
        return now(Outcome.done(new PolicyStatus(Words.of(next.get()))));
    }

    private boolean isAlone() {
        return config.seeding().share() == Share.OFF;
    }

    // Peers.

    @Override
    public CompletionStage<Outcome<PeerStatus>> connect(String text) {
        try {
            PeerAddress address = PeerAddress.parse(text);
            if (isAlone()) {
                return conflict("share is off: no peer is dialled");
            }
            CompletionStage<Swarm.Dialled> dialled = AskPattern.ask(actors.swarm(),
                    replyTo -> new Swarm.DialNow(address, replyTo), DIAL, actors.system().scheduler());
            return dialled.thenCompose(came -> connected(address, came)).exceptionallyCompose(LiveControls::late);
        } catch (FormatException e) {
            return malformed(e);
        }
    }

    private static <T> CompletionStage<Outcome<T>> late(Throwable failure) {
        return Stages.cause(failure) instanceof TimeoutException
                ? now(Outcome.refused(Outcome.Reason.LATE,
                        "nobody has answered within " + DIAL.toSeconds() + " s; events tell when that changes"))
                : CompletableFuture.failedStage(failure);
    }

    private CompletionStage<Outcome<PeerStatus>> connected(PeerAddress address, Swarm.Dialled came) {
        if (came.failure().isPresent()) {
            return now(Outcome.refused(Outcome.Reason.UNREACHABLE, came.failure().get()));
        }
        String id = address.id().toString();
        return settled(came.isNew()).thenCompose(_ -> view.peers())
                .thenApply(all -> all.stream().filter(peer -> peer.peerId().equals(id)).findFirst()
                        .<Outcome<PeerStatus>>map(peer -> new Outcome.Done<>(peer, came.isNew()))
                        .orElseGet(() -> Outcome.refused(Outcome.Reason.UNREACHABLE,
                                "it hung up at once: it may have no place for another peer")));
    }

    private static CompletionStage<?> settled(boolean isNew) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        return isNew
                ? done.completeOnTimeout(null, SETTLED.toMillis(), TimeUnit.MILLISECONDS)
                : CompletableFuture.completedFuture(null);
    }

    // Downloads.

    @Override
    public CompletionStage<Outcome<TransferStatus>> cancel(long id) {
        // One that has no actor may get one at any moment, and is among those then.
        return cancelled(actors.downloads(), me -> new Downloads.Cancel(id, me))
                .thenCompose(small -> small instanceof Cancelled.Other
                        ? AskPattern.<Downloads.Command, Downloads.Running>ask(actors.downloads(),
                                Downloads.WhatRuns::new, ANSWER,
                                actors.system().scheduler()).thenCompose(running -> cancel(id, running.downloads()))
                        : CompletableFuture.completedFuture(ended(small).findFirst()))
                .thenCompose(ended -> ended.map(LiveControls::now).orElseGet(() -> over(id)));
    }

    /** One that ends at this moment does not answer: it is over. */
    private CompletionStage<Optional<Outcome<TransferStatus>>> cancel(long id,
            List<ActorRef<Download.Command>> running) {
        List<CompletableFuture<Cancelled>> asked = running.stream()
                .map(download -> cancelled(download, me -> new Download.Cancel(id, me))).toList();
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).thenApply(done -> asked.stream()
                .map(CompletableFuture::join).flatMap(LiveControls::ended).findFirst());
    }

    private <C> CompletableFuture<Cancelled> cancelled(ActorRef<C> actor, Function<ActorRef<Cancelled>, C> cancel) {
        return AskPattern.<C, Cancelled>ask(actor, cancel::apply, ANSWER, actors.system().scheduler())
                .exceptionally(gone -> new Cancelled.Other()).toCompletableFuture();
    }

    private static Stream<Outcome<TransferStatus>> ended(Cancelled answer) {
        return switch (answer) {
            case Cancelled.Now(var status) -> Stream.of(Outcome.done(status));
            case Cancelled.Over _ -> Stream.of(isOver());
            case Cancelled.Other _ -> Stream.empty();
        };
    }

    private static <T> Outcome<T> isOver() {
        return Outcome.refused(Outcome.Reason.CONFLICT, "it is over already");
    }

    private CompletionStage<Outcome<TransferStatus>> over(long id) {
        return view.transfers().thenApply(all -> all.stream().anyMatch(one -> one.id() == id)
                ? isOver()
                : Outcome.refused(Outcome.Reason.ABSENT, "there is no download of this number"));
    }
}
