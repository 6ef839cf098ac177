// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
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
    /** How often it looks what there is to do, give or take a quarter. */
    static final Duration ROUND = Duration.ofSeconds(15);
    /** How long it waits at least, and at most, before it tries again to join. */
    static final Duration FIRST_PAUSE = Duration.ofSeconds(15);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    private static final int PINGS_A_ROUND = 4;

    private final RoutingTable table;
    private final Questions questions;
    private final RandomGenerator random;
    private final LongSupplier nanos;
    private final Deque<DhtId> targets = new ArrayDeque<>();
    private List<InetSocketAddress> routers = List.of();
    private @Nullable Walk walk;
    private boolean joining;
    private long nextRound;
    private long nextJoin;
    private Duration pause = FIRST_PAUSE;

    Maintenance(RoutingTable table, Questions questions, RandomGenerator random, LongSupplier nanos) {
        this.table = table;
        this.questions = questions;
        this.random = random;
        this.nanos = nanos;
        nextRound = nanos.getAsLong() + jittered(ROUND);
        nextJoin = nanos.getAsLong();
    }

    private long jittered(Duration duration) {
        long quarter = duration.toNanos() / 4;
        return random.nextLong(duration.toNanos() - quarter, duration.toNanos() + quarter);
    }

    /** Joins by these, and whenever nobody is known any more. */
    void bootstrap(Collection<InetSocketAddress> addresses) {
        routers = List.copyOf(addresses);
        pause = FIRST_PAUSE;
        join(List.of());
    }

    /**
     * Looks for the nodes nearest to this one, and then for others everywhere.
     *
     * @param by where nodes are said to be, beside those that are known
     */
    void join(Collection<InetSocketAddress> by) {
        nextJoin = nanos.getAsLong() + jittered(pause);
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        joining = true;
        targets.clear();
        Walk home = new Walk(table.own(), table.own(), table.closest(table.own(), Bucket.SIZE));
        walk = home;
        Stream.concat(routers.stream(), by.stream()).distinct().forEach(address -> {
            home.alsoAsked();
            ask(home, address, Optional.empty());
        });
        advance();
    }

    private void ask(Walk walking, InetSocketAddress to, Optional<DhtId> id) {
        KrpcQuery query = new KrpcQuery.FindNode(table.own(), walking.target(), Set.of());
        boolean asked = questions.ask(to, id, query, outcome -> {
            if (outcome instanceof Outcome.Answered(Contact by, KrpcResponse.Nodes found)) {
                walking.answered(by.id(), found.nodes());
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
            walk = begun(targets.poll());
        }
    }

    private @Nullable Walk begun(@Nullable DhtId target) {
        return target == null ? null : new Walk(table.own(), target, table.closest(target, Bucket.SIZE));
    }

    /** Gets to know somebody. */
    void ping(Contact contact) {
        questions.ask(contact.address(), Optional.of(contact.id()), new KrpcQuery.Ping(table.own()), ignored -> {});
    }

    /** Does what is due. */
    void tick() {
        long now = nanos.getAsLong();
        if (now - nextRound < 0) {
            return;
        }
        nextRound = now + jittered(ROUND);
        if (!table.closest(table.own(), 1).isEmpty()) {
            pause = FIRST_PAUSE;
        } else if (now - nextJoin >= 0) {
            join(List.of());
        }
        Stream.concat(table.toPing().stream(), table.toKeep(PINGS_A_ROUND).stream()).distinct().forEach(this::ping);
        targets.addAll(table.toRefresh(random));
        if (walk == null) {
            walk = begun(targets.poll());
            advance();
        }
    }

    /** When to call {@link #tick} next. */
    long nextTick() {
        return nextRound;
    }
}
