// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcError;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcMethod;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node asks others, and what their answers and their silence say about them. */
final class Questions {
    private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

    private final AddressFamily family;
    private final IdRule rule;
    private final RoutingTable table;
    private final Messages messages;
    private final LongSupplier nanos;
    private final Transactions pending;
    private final StatedIds ids;
    private boolean readOnly;
    /** When anybody answered last. */
    private Optional<Long> heard = Optional.empty();

    Questions(AddressFamily family, IdRule rule, RoutingTable table, Messages messages, RandomGenerator random,
            LongSupplier nanos) {
        this.family = family;
        this.rule = rule;
        this.table = table;
        this.messages = messages;
        this.nanos = nanos;
        this.pending = new Transactions(random, nanos);
        this.ids = new StatedIds(nanos);
    }

    /** From now on this node tells those whom it asks whether it answers itself (BEP 43). */
    void readOnly(boolean value) {
        readOnly = value;
    }

    /**
     * Asks a node.
     *
     * @param id as it is known; nothing when only the address is
     * @param callback is called exactly once, later, if it is asked
     * @return whether it is: not when too many questions wait, nor when there can be no node
     */
    boolean ask(InetSocketAddress to, Optional<DhtId> id, KrpcQuery query, Consumer<Outcome> callback) {
        if (to.getPort() == 0 || AddressFamily.of(to.getAddress()) != family) {
            return false;
        }
        Optional<Octets> name = pending.open(to, id, query.method(), votes(to, id, query.method()),
                introduced(to, id, query.method()), callback);
        name.ifPresent(transaction -> messages.ask(to,
                new KrpcMessage.Query(transaction, DhtNode.VERSION, readOnly, query)));
        return name.isPresent();
    }

    /**
     * Those vote whom this node has known or was told to join by, and what looks after the table asks: whoever made it ask, or stands
     * near a key that it looks up, would soon be most of those whom it has asked.
     */
    private boolean votes(InetSocketAddress to, Optional<DhtId> id, KrpcMethod method) {
        return (method == KrpcMethod.PING || method == KrpcMethod.FIND_NODE)
                && (id.isEmpty() || table.knows(new Contact(id.get(), to)));
    }

    /** Those who are known are pinged, or those who asked; others are looked for. */
    private boolean introduced(InetSocketAddress to, Optional<DhtId> id, KrpcMethod method) {
        return table.introducedItself(to)
                || (method == KrpcMethod.PING && id.isPresent() && !table.knows(new Contact(id.get(), to)));
    }

    /** Whether many machines are named or answer as nodes that they are known not to be. */
    boolean isDeceived() {
        return ids.areContradicted();
    }

    /** How many are to keep what is announced: as many more as may be liars, who take everything and tell of nothing. */
    int keepers() {
        return isDeceived() ? 2 * Lookup.NEAREST : Lookup.NEAREST;
    }

    /** Whether so many more questions may wait. */
    boolean hasRoom(int more) {
        return pending.hasRoom(more);
    }

    /** What {@code source} was asked in this transaction, and has not answered. */
    Optional<KrpcMethod> asked(InetSocketAddress source, Octets transaction) {
        return pending.asked(source, transaction);
    }

    /**
     * An answer has come.
     *
     * @return the question, if there was one; else nothing is done
     */
    Optional<Transactions.Question> answered(InetSocketAddress source, KrpcMessage.Response message) {
        Optional<Transactions.Question> question = pending.close(source, message.transaction());
        question.ifPresent(asked -> {
            heard = Optional.of(nanos.getAsLong());
            asked.callback().accept(outcome(asked, new Contact(message.response().id(), source), message.response()));
        });
        return question;
    }

    private Outcome outcome(Transactions.Question question, Contact by, KrpcResponse response) {
        if (!by.id().equals(question.id().orElse(by.id()))) {
            isGone(question);
        }
        if (!rule.admits(by)) {
            return new Outcome.Unanswered();
        }
        if (question.id().isEmpty()) {
            ids.trusted(by);
        } else if (!ids.answered(by)) {
            table.forget(by.address());
            return new Outcome.Unanswered();
        }
        table.answered(by, question.introduced());
        return new Outcome.Answered(by, Admission.admitted(by.address().getAddress(), response,
                node -> rule.admits(node) && ids.mayBe(node)));
    }

    /**
     * A node says that it does not answer.
     *
     * @return the question, if there was one; else nothing is done
     */
    Optional<Transactions.Question> refused(InetSocketAddress source, KrpcMessage.Failure message) {
        Optional<Transactions.Question> question = pending.close(source, message.transaction());
        question.ifPresent(asked -> {
            heard = Optional.of(nanos.getAsLong());
            // Every node can answer these; one that does not is of no use, and would keep its place by being there.
            boolean common = asked.method() == KrpcMethod.PING || asked.method() == KrpcMethod.FIND_NODE;
            if (common && !isForTheId(message)) {
                isGone(asked);
            }
            asked.callback().accept(new Outcome.Refused(message.error()));
        });
        return question;
    }

    /** Where bound ids are enforced, honest nodes refuse one that is not bound to where they see this node: then that is wrong. */
    private boolean isForTheId(KrpcMessage.Failure message) {
        return rule == IdRule.ENFORCED && message.error().code() == KrpcError.PROTOCOL
                && message.seenAt().filter(seen -> !AddressBound.matches(table.own(), seen.getAddress())).isPresent();
    }

    /** Gives up what has waited too long. */
    void expire() {
        for (Transactions.Question question : pending.expired()) {
            // When nobody at all is heard it is this node that is cut off, and nothing is known about others.
            if (heard.isPresent() && heard.get() - question.asked() >= 0) {
                isGone(question);
            }
            unanswered(question);
        }
    }

    /** What goes wrong with one leaves the others their end. */
    private static void unanswered(Transactions.Question question) {
        try {
            question.callback().accept(new Outcome.Unanswered());
        } catch (RuntimeException e) {
            LOG.error("a question to {} that was not answered", question.to(), e);
        }
    }

    private void isGone(Transactions.Question question) {
        question.id().ifPresent(id -> table.failed(new Contact(id, question.to())));
    }

    /** When to call {@link #expire} next. */
    OptionalLong nextExpiry() {
        return pending.nextExpiry();
    }
}
