// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Asks connected peers for narinfos: those that have given most first, several at once, whenever one has none the next, and the
 * first narinfo that counts ends it. They may answer what they like; what does not count is as if they had none.
 */
public final class NarinfoSearch extends AbstractBehavior<NarinfoSearch.Command> {
    /** How long peers have to answer, and before that how long a question may wait for its turn: whoever asks waits for it. */
    static final Duration WITHIN = Duration.ofSeconds(2);
    /** How long a node that has just started waits for its first peers. */
    static final Duration FIRST_PEERS = Duration.ofSeconds(3);
    /** Peers asked for one item at a time. */
    static final int MOST_OPEN = 8;
    /** Peers asked for one item in all: each of them learns of it. */
    static final int MOST_ASKED = 32;
    /** Searches at a time: with what those who are asked may answer, they are what this takes of memory. */
    static final int MOST_SEARCHES = 16;
    /** Searches that wait for others to end: a closure that is looked up ahead. */
    static final int MOST_WAITING = 4096;

    /** What it understands. */
    public sealed interface Command {}

    /** From now on there is somebody to ask. */
    public record Begin(ActorRef<Swarm.Command> swarm) implements Command {}

    /** Wants a narinfo; answered in any case. */
    record Ask(StorePath path, Predicate<Narinfo> valid,
            CompletableFuture<Optional<Narinfo>> answer) implements Command {}

    private record OfSwarm(Swarm.Event event) implements Command {}

    private record Answered(long search, Optional<Narinfo> narinfo) implements Command {}

    private record Late(long search) implements Command {}

    private record FirstPeersLate() implements Command {}

    /** One that is under way. */
    private static final class Search {
        private final Ask ask;
        private final Set<PeerId> asked = new HashSet<>();
        private int open;

        private Search(Ask ask) {
            this.ask = ask;
        }

        private boolean mayAsk() {
            return open < MOST_OPEN && asked.size() < MOST_ASKED;
        }
    }

    private final TimerScheduler<Command> timers;
    private final Executor disk;
    private final Map<PeerId, ActorRef<PeerSession.Command>> peers = new LinkedHashMap<>();
    private final Map<Long, Search> searches = new HashMap<>();
    /** In the order in which they came. */
    private final Map<Long, Ask> waiting = new LinkedHashMap<>();
    private boolean firstPeersAwaited;
    private long number;

    private NarinfoSearch(ActorContext<Command> context, TimerScheduler<Command> timers, Executor disk) {
        super(context);
        this.timers = timers;
        this.disk = disk;
    }

    /**
     * The actor.
     *
     * @param disk where signatures are verified
     */
    public static Behavior<Command> create(Executor disk) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new NarinfoSearch(context, timers, disk)));
    }

    /** The actor, as metadata sees it. */
    public static PeerNarinfos of(ActorRef<Command> search) {
        return (path, valid) -> {
            CompletableFuture<Optional<Narinfo>> answer = new CompletableFuture<>();
            search.tell(new Ask(path, valid, answer));
            return answer;
        };
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Begin begin -> {
                begin.swarm().tell(new Swarm.Subscribe(
                        getContext().messageAdapter(Swarm.Event.class, OfSwarm::new)));
                firstPeersAwaited = true;
                timers.startSingleTimer(new FirstPeersLate(), FIRST_PEERS);
            }
            case Ask ask when searches.size() < MOST_SEARCHES -> begin(++number, ask);
            case Ask ask when waiting.size() < MOST_WAITING -> {
                waiting.put(++number, ask);
                startTimer(number);
            }
            case Ask ask -> ask.answer().complete(Optional.empty());
            case OfSwarm(Swarm.PeerUp up) -> {
                peers.put(up.peer(), up.session());
                searches.forEach(this::askMore);
            }
            case OfSwarm(Swarm.PeerDown down) -> peers.remove(down.peer());
            case OfSwarm _ -> getContext().getLog().trace("all who were there are known");
            case Answered answered -> answered(answered);
            case Late(long search) -> {
                Ask late = waiting.remove(search);
                if (late != null) {
                    late.answer().complete(Optional.empty());
                }
                end(search, Optional.empty());
            }
            case FirstPeersLate _ -> {
                firstPeersAwaited = false;
                searches.entrySet().stream().filter(each -> each.getValue().open == 0).map(Map.Entry::getKey).toList()
                        .forEach(id -> end(id, Optional.empty()));
            }
        }
        return this;
    }

    private void begin(long id, Ask ask) {
        if (peers.isEmpty() && !firstPeersAwaited) {
            timers.cancel(id);
            ask.answer().complete(Optional.empty());
            return;
        }
        Search search = new Search(ask);
        searches.put(id, search);
        askMore(id, search);
        startTimer(id);
    }

    private void startTimer(long id) {
        timers.startSingleTimer(id, new Late(id), firstPeersAwaited ? FIRST_PEERS : WITHIN);
    }

    /** Asks whoever is next. */
    private void askMore(long id, Search search) {
        Iterator<Map.Entry<PeerId, ActorRef<PeerSession.Command>>> next = peers.entrySet().iterator();
        while (next.hasNext() && search.mayAsk()) {
            Map.Entry<PeerId, ActorRef<PeerSession.Command>> peer = next.next();
            if (search.asked.add(peer.getKey())) {
                ask(id, search, peer.getValue());
            }
        }
    }

    private void ask(long id, Search search, ActorRef<PeerSession.Command> peer) {
        search.open++;
        ActorRef<Command> self = getContext().getSelf();
        Ask ask = search.ask;
        peer.tell(new PeerSession.AskNarinfo(ItemKey.of(ask.path()), told -> {
            if (told.isEmpty()) {
                self.tell(new Answered(id, Optional.empty()));
            } else {
                disk.execute(() -> self.tell(new Answered(id, judge(told.get(), ask.valid()))));
            }
        }));
    }

    private static Optional<Narinfo> judge(byte[] text, Predicate<Narinfo> valid) {
        try {
            Narinfo narinfo = Narinfo.parse(text);
            return narinfo.isSigned() && valid.test(narinfo) ? Optional.of(narinfo.signedOnly()) : Optional.empty();
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private void answered(Answered answered) {
        Search search = searches.get(answered.search());
        if (search == null) {
            return;
        }
        search.open--;
        if (answered.narinfo().isPresent()) {
            end(answered.search(), answered.narinfo());
            return;
        }
        askMore(answered.search(), search);
        if (search.open == 0 && !firstPeersAwaited) {
            end(answered.search(), Optional.empty());
        }
    }

    private void end(long id, Optional<Narinfo> narinfo) {
        Search search = searches.remove(id);
        if (search == null) {
            return;
        }
        timers.cancel(id);
        search.ask.answer().complete(narinfo);
        Iterator<Map.Entry<Long, Ask>> next = waiting.entrySet().iterator();
        while (next.hasNext() && searches.size() < MOST_SEARCHES) {
            Map.Entry<Long, Ask> first = next.next();
            next.remove();
            begin(first.getKey(), first.getValue());
        }
    }
}
