// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.jspecify.annotations.Nullable;

/** Gets the routing table filled and keeps it true: joins the network, pings who has been silent, looks into silent parts. */
final class Maintenance {
    /** How often it looks who has been silent, give or take a quarter. */
    static final Duration ROUND = Duration.ofSeconds(30);
    /** How long it waits at first, and at most, before it looks again who is near. */
    static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

    private static final int PINGS_A_ROUND = 8;

    private final RoutingTable table;
    private final Questions questions;
    private final RandomGenerator random;
    private final LongSupplier nanos;
    private final Deque<DhtId> targets = new ArrayDeque<>();
    private List<InetSocketAddress> routers = List.of();
    private List<InetSocketAddress> others = List.of();
    private @Nullable Walk walk;
    private boolean joining;
    private long joined;
    private long nextRound;
    private long nextHome;
    private Duration pause = FIRST_PAUSE;

    Maintenance(RoutingTable table, Questions questions, RandomGenerator random, LongSupplier nanos) {
        this.table = table;
        this.questions = questions;
        this.random = random;
        this.nanos = nanos;
        nextRound = nanos.getAsLong() + jittered(ROUND);
        nextHome = nanos.getAsLong() + jittered(FIRST_PAUSE);
    }

    private long jittered(Duration duration) {
        long quarter = duration.toNanos() / 4;
        return random.nextLong(duration.toNanos() - quarter, duration.toNanos() + quarter);
    }

    /**
     * By whom to join, whenever nobody has answered lately.
     *
     * @param more where nodes may be as well
     */
    void joinBy(Collection<InetSocketAddress> addresses, Collection<InetSocketAddress> more) {
        routers = List.copyOf(addresses);
        others = List.copyOf(more);
    }

    /** Asks some of those whom it was told to join by where they see this node, though it has joined by others. */
    void hear(Collection<InetSocketAddress> some) {
        some.forEach(address -> questions.ask(address, Optional.empty(),
                new KrpcQuery.FindNode(table.own(), table.own(), Set.of()), ignored -> {}));
    }

    /**
     * Joins anew, as a node that has another id than before must.
     *
     * @param by where nodes are said to be, beside those that are known
     */
    void rejoin(Collection<InetSocketAddress> by) {
        pause = FIRST_PAUSE;
        join(by);
    }

    /** Whether this node was told to join by whoever is at an address. */
    boolean isRouter(InetSocketAddress address) {
        return routers.contains(address);
    }

    /**
     * Joins anew by those whom it was told to join by, if it did not do so within some time.
     *
     * @return whether it does
     */
    boolean askRouters(Duration within) {
        boolean asks = nanos.getAsLong() - joined >= within.toNanos();
        if (asks) {
            rejoin(List.of());
        }
        return asks;
    }

    /** Looks for the nodes nearest to this one, and then for others everywhere. */
    private void join(Collection<InetSocketAddress> by) {
        joining = true;
        joined = nanos.getAsLong();
        targets.clear();
        Walk home = begun(table.own());
        walk = home;
        Stream.of(routers, others, by).flatMap(Collection::stream).distinct().forEach(address -> {
            home.alsoAsked();
            ask(home, address, Optional.empty());
        });
        advance();
        planHome();
    }

    /** At first others come and go while it is not looking; later they have found it. */
    private void planHome() {
        nextHome = nanos.getAsLong() + jittered(pause);
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    private void ask(Walk walking, InetSocketAddress to, Optional<DhtId> id) {
        KrpcQuery query = new KrpcQuery.FindNode(table.own(), walking.target(), Set.of());
        boolean asked = questions.ask(to, id, query, outcome -> {
            if (outcome instanceof Outcome.Answered(Contact by, KrpcResponse.Nodes found)) {
                if (isRouter(to)) {
                    walking.begin(found.nodes());
                }
                walking.answered(by, found.nodes());
            } else {
                walking.failed();
            }
            if (walking == walk) {
                advance();
            }
        });
        if (!asked) {
            walking.failed();
        }
    }

    /** Goes on with the walk, or to the next one. */
    private void advance() {
        while (walk != null) {
            Walk walking = walk;
            walking.next().forEach(contact -> ask(walking, contact.address(), Optional.of(contact.id())));
            if (!walking.isOver()) {
                return;
            }
            if (joining) {
                joining = false;
                targets.addAll(table.toFill(random));
            }
            walk = targets.isEmpty() ? null : begun(targets.remove());
        }
    }

    private Walk begun(DhtId target) {
        // More than it asks if they answer: those of a whole part may be gone.
        return new Walk(table.own(), target, table.closest(target, 4 * Bucket.SIZE));
    }

    /** Gets to know somebody. */
    void ping(Contact contact) {
        questions.ask(contact.address(), Optional.of(contact.id()), new KrpcQuery.Ping(table.own()), ignored -> {});
    }

    /** Does what is due. */
    void tick() {
        long now = nanos.getAsLong();
        if (now - nextRound >= 0) {
            nextRound = now + jittered(ROUND);
            pingSilent();
            // What is due stays due; those who answer slowly on purpose are to make nothing grow.
            if (targets.isEmpty()) {
                targets.addAll(table.toRefresh(random));
            }
        }
        if (now - nextHome >= 0) {
            goHome();
        }
        if (walk == null && !targets.isEmpty()) {
            walk = begun(targets.remove());
            advance();
        }
    }

    private void pingSilent() {
        Set<Contact> silent = new LinkedHashSet<>(table.toPing());
        silent.addAll(table.toKeep(PINGS_A_ROUND));
        if (!silent.isEmpty()) {
            // Those who are gone are given up only if somebody else is heard, and when it is quiet nobody else would be.
            silent.addAll(table.closest(DhtId.random(random), 1));
        }
        silent.forEach(this::ping);
    }

    private void goHome() {
        // Those of before a restart may all be gone, and are given up only when somebody is heard.
        if (!table.hasGood()) {
            join(List.of());
        } else {
            targets.remove(table.own());
            targets.addFirst(table.own());
            planHome();
        }
    }

    /** When to call {@link #tick} next. */
    long nextTick() {
        return nextHome - nextRound < 0 ? nextHome : nextRound;
    }
}
