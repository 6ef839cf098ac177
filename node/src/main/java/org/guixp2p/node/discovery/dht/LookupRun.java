// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;

/** A {@link Lookup} that is under way: asks whom it names, until nobody is left to ask or its time is over. */
final class LookupRun {
    /** How long it may take: about twice as long as where a path is full of those that are gone. */
    static final Duration LONGEST = Duration.ofSeconds(15);

    private final Lookup lookup;
    private final RoutingTable table;
    private final Questions questions;
    private final LongSupplier nanos;
    private final Purpose purpose;
    private final long begun;
    private boolean ended;

    /** What is asked, and what becomes of the answers. */
    interface Purpose {
        /** What each node is asked. */
        KrpcQuery query(DhtId own);

        /** What an answer says; nothing when it is none to that. */
        Optional<Heard> heard(KrpcResponse response);

        /** Whether it goes on with others of those that are known, though nobody is left to ask. */
        boolean wantsMore();

        /** It has come to its end by itself. Called once, if {@link #stop} is not. */
        void ended();
    }

    /**
     * An answer.
     *
     * @param nodes who is named
     * @param told what else it says is taken by this, when the lookup knows of the nodes
     */
    record Heard(Octets token, List<Contact> nodes, Runnable told) {}

    LookupRun(Lookup lookup, RoutingTable table, Questions questions, LongSupplier nanos, Purpose purpose) {
        this.lookup = lookup;
        this.table = table;
        this.questions = questions;
        this.nanos = nanos;
        this.purpose = purpose;
        this.begun = nanos.getAsLong();
    }

    Lookup lookup() {
        return lookup;
    }

    /** Asks whoever is to be asked now, or ends. When too many questions wait, so does this: for a later call. */
    void advance() {
        long now = nanos.getAsLong();
        if (now - begun >= LONGEST.toNanos()) {
            lookup.stop();
            end();
            return;
        }
        while (!ended && questions.hasRoom(Lookup.MOST_AT_ONCE)) {
            List<Contact> next = lookup.next(now);
            next.stream().filter(contact -> !ask(contact)).forEach(lookup::failed);
            if (next.isEmpty() && !widens()) {
                end();
                return;
            }
        }
    }

    private boolean widens() {
        return !ended && lookup.isOver() && purpose.wantsMore() && lookup.widen();
    }

    private boolean ask(Contact contact) {
        return questions.ask(contact.address(), Optional.of(contact.id()), purpose.query(table.own()), outcome -> {
            if (!ended) {
                came(contact, outcome);
                advance();
            }
        });
    }

    private void came(Contact asked, Outcome outcome) {
        if (outcome instanceof Outcome.Answered(Contact by, KrpcResponse response)) {
            purpose.heard(response).ifPresentOrElse(heard -> {
                List<Contact> others = heard.nodes.stream().filter(node -> !node.id().equals(table.own())).toList();
                lookup.answered(asked, by.id(), heard.token, others, nanos.getAsLong());
                heard.told.run();
            }, () -> lookup.failed(asked));
        } else {
            lookup.failed(asked);
        }
    }

    private void end() {
        if (!ended && lookup.isOver()) {
            ended = true;
            purpose.ended();
        }
    }

    /** Nobody wants it any more, and nobody is told. */
    void stop() {
        lookup.stop();
        ended = true;
    }

    /** When to call {@link #advance} next of some that are under way; nothing when there are none. */
    static OptionalLong nextTick(Collection<LookupRun> runs, LongSupplier nanos) {
        if (runs.isEmpty()) {
            return OptionalLong.empty();
        }
        long now = nanos.getAsLong();
        OptionalLong left = runs.stream().mapToLong(run -> run.left(now)).min();
        return left.isPresent() ? OptionalLong.of(now + left.getAsLong()) : left;
    }

    private long left(long now) {
        long most = begun + LONGEST.toNanos() - now;
        OptionalLong change = lookup.nextChange(now);
        return change.isPresent() ? Math.min(most, change.getAsLong() - now) : most;
    }
}
