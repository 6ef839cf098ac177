// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * Whether a NAR can be had from peers: as many as must stand for it have answered that they have the whole. As many are asked of those
 * who are connected and say by their inventories that they have it; where these are too few, or do not stand by it, all that are
 * connected, then those whom directories name. Many NARs are checked at a time, and what came out is known for a while. Only to be asked about NARs that strangers may hear of.
 */
public final class ProviderChecks extends AbstractBehavior<ProviderChecks.Command> {
    /** How long peers have to answer, of whom some may yet be looked for and dialled: whoever asks waits for it. */
    static final Duration WITHIN = Duration.ofSeconds(3);
    /** How long those who are connected have, before others are looked for. */
    static final Duration HEAD_START = Duration.ofMillis(200);
    /** Peers asked about one NAR. */
    static final int MOST_ASKED = 64;
    /** NARs at a time, and how many of them when nobody waits for the next one yet; others wait. */
    static final int MOST_CHECKS = 256;
    static final int MOST_AHEAD = 128;
    /** NARs that wait; of more it is said that nobody has them. */
    static final int MOST_WAITING = 4096;
    /** Who is dialled for one NAR. */
    static final int MOST_MET = 16;
    /** How long it is known that there is somebody: he may go at any moment. */
    static final Duration FOUND = Duration.ofSeconds(60);
    /** How long it is known that there is nobody: one may come. */
    static final Duration MISSED = Duration.ofSeconds(5);
    private static final int MOST_KNOWN = 4096;
    private static final Optional<PeersOver> NOBODY = Optional.of(PeersOver.NO_PROVIDER);

    /** What it understands. */
    public sealed interface Command {}

    /**
     * Wants to know why it cannot be had; nothing when it can.
     *
     * @param ahead whether nobody waits for that yet
     */
    record Ask(NarHash nar, boolean ahead, CompletableFuture<Optional<PeersOver>> answer) implements Command {}

    private record OfSwarm(Swarm.Event event) implements Command {}

    private record Answered(NarHash nar, long check, PeerSession.QueryReply reply) implements Command {}

    private record Found(NarHash nar, long check, List<ProviderHint> hints) implements Command {}

    private record LookedUp(NarHash nar, long check) implements Command {}

    private record Met(Swarm.Met met) implements Command {}

    private record HadTheirTime(NarHash nar, long check) implements Command {}

    /** What came together was looked at. */
    private record AllAsked() implements Command {}

    private record FirstPeersLate() implements Command {}

    private record Late(NarHash nar, long check) implements Command {}

    private record Known(Optional<PeersOver> over, long until) {}

    private static final class Check {
        private final long number;
        private final List<CompletableFuture<Optional<PeersOver>>> answers = new ArrayList<>(1);
        private final Set<PeerId> asked = new HashSet<>();
        private final Set<InetSocketAddress> met = new HashSet<>();
        private final Set<InetSocketAddress> awaited = new HashSet<>();
        private final Map<Sha256, Integer> standing = new HashMap<>();
        private int open;
        private boolean askedAll;
        private boolean looked;
        private ProviderDirectory.@Nullable Lookup lookup;

        private Check(long number) {
            this.number = number;
        }
    }

    private final DownloadContext node;
    private final TimerScheduler<Command> timers;
    private final LongSupplier nanoTime;
    private final ActorRef<Swarm.Met> met;
    private final SequencedMap<PeerId, ActorRef<PeerSession.Command>> peers = new LinkedHashMap<>();
    private final SequencedMap<NarHash, Check> checks = new LinkedHashMap<>();
    private final SequencedMap<NarHash, List<CompletableFuture<Optional<PeersOver>>>> waiting = new LinkedHashMap<>();
    /** Those that nobody waits for yet. */
    private final SequencedMap<NarHash, List<CompletableFuture<Optional<PeersOver>>>> waitingAhead = new LinkedHashMap<>();
    private final SequencedMap<NarHash, Known> known = new LinkedHashMap<>();
    /** Who was asked something since what came together was looked at. */
    private final Set<ActorRef<PeerSession.Command>> askedTogether = new HashSet<>();
    /** A node that has just started may have the one who has it a moment later. */
    private boolean firstPeersAwaited = true;
    private long number;

    private ProviderChecks(ActorContext<Command> context, TimerScheduler<Command> timers, DownloadContext node,
            LongSupplier nanoTime) {
        super(context);
        this.node = node;
        this.timers = timers;
        this.nanoTime = nanoTime;
        this.met = context.messageAdapter(Swarm.Met.class, Met::new);
        timers.startSingleTimer(new FirstPeersLate(), WITHIN);
        node.swarm().tell(new Swarm.Subscribe(context.messageAdapter(Swarm.Event.class, OfSwarm::new)));
    }

    /**
     * The actor.
     *
     * @param nanoTime a steady clock, as {@link System#nanoTime}
     */
    public static Behavior<Command> create(DownloadContext node, LongSupplier nanoTime) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new ProviderChecks(context, timers, node, nanoTime)));
    }

    /**
     * Asks why it cannot be had from peers; nothing when it can. The answer comes in any case, and in time.
     *
     * @param ahead whether nobody waits for it yet: it lets others go first
     */
    public static CompletionStage<Optional<PeersOver>> ask(ActorRef<Command> checks, NarHash nar, boolean ahead) {
        CompletableFuture<Optional<PeersOver>> answer = new CompletableFuture<>();
        checks.tell(new Ask(nar, ahead, answer));
        // With others before it that take all their time.
        return answer.completeOnTimeout(NOBODY, WITHIN.toMillis() * 2, TimeUnit.MILLISECONDS);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Ask ask -> ask(ask);
            case OfSwarm(Swarm.PeerUp up) -> {
                peers.put(up.peer(), up.session());
                List.copyOf(checks.entrySet()).stream().filter(each -> each.getValue().askedAll)
                        .forEach(each -> ask(each.getKey(), each.getValue(), up.peer()));
            }
            case OfSwarm(Swarm.PeerDown down) -> peers.remove(down.peer());
            case OfSwarm _ -> getContext().getLog().trace("all who were there are known");
            case Answered answered -> with(answered.nar(), answered.check(), check -> answered(answered, check));
            case Found found ->
                with(found.nar(), found.check(), check -> found.hints().forEach(hint -> meet(hint, check)));
            case LookedUp over -> with(over.nar(), over.check(), check -> {
                check.lookup = null;
                settle(over.nar(), check);
            });
            case Met(Swarm.Met told) -> List.copyOf(checks.entrySet()).forEach(each -> {
                if (each.getValue().awaited.remove(told.address())) {
                    settle(each.getKey(), each.getValue());
                }
            });
            case HadTheirTime time -> with(time.nar(), time.check(), check -> {
                askAll(time.nar(), check);
                look(time.nar(), check);
            });
            case AllAsked _ -> {
                askedTogether.forEach(session -> session.tell(new PeerSession.Hurry(false)));
                askedTogether.clear();
            }
            case FirstPeersLate _ -> {
                firstPeersAwaited = false;
                List.copyOf(checks.entrySet()).forEach(each -> settle(each.getKey(), each.getValue()));
            }
            case Late late -> with(late.nar(), late.check(), check -> end(late.nar(), check, false));
        }
        return this;
    }

    private interface Step {
        void take(Check check);
    }

    /** Takes a step of a check that is still under way. */
    private void with(NarHash nar, long which, Step step) {
        Check check = checks.get(nar);
        if (check != null && check.number == which) {
            step.take(check);
        }
    }

    private void ask(Ask ask) {
        Known earlier = known.get(ask.nar());
        Check check = checks.get(ask.nar());
        if (earlier != null && nanoTime.getAsLong() - earlier.until() < 0) {
            ask.answer().complete(earlier.over());
        } else if (check != null) {
            check.answers.add(ask.answer());
        } else {
            beginOrWait(ask);
        }
    }

    /** It waits behind those that somebody waits for; and ahead of all others, if somebody waits for it. */
    private void beginOrWait(Ask ask) {
        boolean ahead = ask.ahead() && !waiting.containsKey(ask.nar());
        SequencedMap<NarHash, List<CompletableFuture<Optional<PeersOver>>>> line = ahead ? waitingAhead : waiting;
        List<CompletableFuture<Optional<PeersOver>>> answers = line.getOrDefault(ask.nar(), new ArrayList<>());
        answers.add(ask.answer());
        List<CompletableFuture<Optional<PeersOver>>> earlier = ahead ? null : waitingAhead.remove(ask.nar());
        if (earlier != null) {
            answers.addAll(earlier);
        }
        if (line.containsKey(ask.nar())) {
            return;
        }
        if (checks.size() < (ahead ? MOST_AHEAD : MOST_CHECKS)) {
            begin(ask.nar(), answers);
        } else if (line.size() < MOST_WAITING) {
            line.put(ask.nar(), answers);
        } else {
            answers.forEach(answer -> answer.complete(NOBODY));
        }
    }

    private void begin(NarHash nar, List<CompletableFuture<Optional<PeersOver>>> answers) {
        Check check = new Check(++number);
        check.answers.addAll(answers);
        checks.put(nar, check);
        Late late = new Late(nar, check.number);
        HadTheirTime had = new HadTheirTime(nar, check.number);
        timers.startSingleTimer(late, late, WITHIN);
        timers.startSingleTimer(had, had, HEAD_START);
        List<PeerId> named = node.inventories().named(nar);
        List<PeerId> connected = named.stream().filter(peers::containsKey).toList();
        int enough = node.config().substitutes().minProviders();
        if (connected.size() >= enough) {
            // Of one closure some are asked of each.
            int first = Math.floorMod(nar.hashCode(), connected.size());
            for (int i = 0; i < enough; i++) {
                ask(nar, check, connected.get((first + i) % connected.size()));
            }
        }
        settle(nar, check);
    }

    private void askAll(NarHash nar, Check check) {
        if (check.askedAll) {
            return;
        }
        check.askedAll = true;
        for (PeerId peer : node.inventories().mayHave(nar)) {
            ask(nar, check, peer);
            if (!peers.containsKey(peer)) {
                // With whom there is only a light session.
                node.inventories().hint(peer).ifPresent(hint -> meet(hint, check));
            }
        }
        peers.keySet().forEach(peer -> ask(nar, check, peer));
    }

    private void ask(NarHash nar, Check check, PeerId peer) {
        ActorRef<PeerSession.Command> session = peers.get(peer);
        if (session != null && check.asked.size() < MOST_ASKED && check.asked.add(peer)) {
            check.open++;
            if (askedTogether.isEmpty()) {
                // Behind the questions that are here already: each peer is asked them all by one frame.
                getContext().getSelf().tell(new AllAsked());
            }
            askedTogether.add(session);
            getContext().ask(PeerSession.QueryReply.class, session, WITHIN,
                    reply -> new PeerSession.Query(nar, Optional.empty(), true, reply),
                    (reply, timeout) -> new Answered(nar, check.number,
                            reply == null ? new PeerSession.QueryFailed("no answer in time") : reply));
        }
    }

    private void answered(Answered answered, Check check) {
        check.open--;
        if (answered.reply() instanceof PeerSession.Offered offered && offered.holding() instanceof Holding.Complete
                && check.standing.merge(offered.root(), 1, Integer::sum) >= node.config().substitutes()
                        .minProviders()) {
            end(answered.nar(), check, true);
        } else {
            settle(answered.nar(), check);
        }
    }

    /** Nobody is waited for who may yet say that he has it. */
    private void settle(NarHash nar, Check check) {
        if (check.open == 0) {
            askAll(nar, check);
        }
        if (check.open == 0 && !check.looked) {
            look(nar, check);
        } else if (check.open == 0 && check.lookup == null && check.awaited.isEmpty() && !firstPeersAwaited) {
            end(nar, check, false);
        }
    }

    private void look(NarHash nar, Check check) {
        if (check.looked) {
            return;
        }
        check.looked = true;
        ActorRef<Command> self = getContext().getSelf();
        long which = check.number;
        check.lookup = node.directory().lookup(new ProviderDirectory.Question(nar, MOST_MET, WITHIN),
                new ProviderDirectory.Listener() {
                    @Override
                    public void found(List<ProviderHint> hints) {
                        self.tell(new Found(nar, which, hints));
                    }

                    @Override
                    public void ended(ProviderDirectory.End end) {
                        self.tell(new LookedUp(nar, which));
                    }
                });
    }

    private void meet(ProviderHint hint, Check check) {
        Discovery.dialled(hint).filter(there -> check.met.size() < MOST_MET && check.met.add(there))
                .ifPresent(there -> {
                    check.awaited.add(there);
                    node.swarm().tell(new Swarm.Meet(there, hint.peer(), met));
                });
    }

    private void end(NarHash nar, Check check, boolean has) {
        checks.remove(nar);
        timers.cancel(new Late(nar, check.number));
        timers.cancel(new HadTheirTime(nar, check.number));
        if (check.lookup != null) {
            check.lookup.cancel();
        }
        Optional<PeersOver> over = has
                ? Optional.empty()
                : check.standing.isEmpty() ? NOBODY : Optional.of(PeersOver.TOO_FEW);
        known.putLast(nar, new Known(over, nanoTime.getAsLong() + (has ? FOUND : MISSED).toNanos()));
        if (known.size() > MOST_KNOWN) {
            known.pollFirstEntry();
        }
        check.answers.forEach(answer -> answer.complete(over));
        Map.Entry<NarHash, List<CompletableFuture<Optional<PeersOver>>>> next = waiting.pollFirstEntry();
        if (next == null && checks.size() < MOST_AHEAD) {
            next = waitingAhead.pollFirstEntry();
        }
        if (next != null) {
            begin(next.getKey(), next.getValue());
        }
    }
}
