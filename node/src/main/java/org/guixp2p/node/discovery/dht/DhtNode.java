// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.KrpcDecoder;
import org.guixp2p.protocol.dht.KrpcError;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.jspecify.annotations.Nullable;

/**
 * A node of the DHT of one address family, without its socket: datagrams come in by {@link #received} and go out by
 * {@link Messages}; time passes by {@link #tick}. No I/O, one thread.
 */
public final class DhtNode {
    /** What this program calls itself: two letters and a version. */
    static final Octets VERSION = Octets.of((byte) 'G', (byte) 'P', (byte) 0, (byte) 1);

    /** Of what there is memory for, items have one part of so many; announcements have the others. */
    private static final int ITEMS_PART = 8;

    private static final int MOST_EARLIER = 8;

    private final AddressFamily family;
    private final Messages messages;
    private final RandomGenerator random;
    private final RoutingTable table;
    private final PeerRecords records;
    private final OwnAddress ownAddress;
    private final AnswerRate rate;
    private final Answers answers;
    private final Questions questions;
    private final Maintenance maintenance;
    private final Searches searches;
    private final ItemRecords items;
    private final ItemSearches itemSearches;
    /** Ids that it had, the last one first. */
    private final Deque<DhtId> earlier = new ArrayDeque<>();
    private @Nullable DhtNode other;
    private boolean readOnly;

    /**
     * @param state that of before, or {@link DhtState#first}
     * @param memory for what others have it remember, in bytes of the heap
     * @param random must not be guessed by others
     * @param nanos a clock that only goes forward
     */
    public DhtNode(DhtState state, IdRule rule, long memory, Messages messages, RandomGenerator random,
            LongSupplier nanos) {
        this.family = state.family();
        this.messages = messages;
        this.random = random;
        long forItems = memory / ITEMS_PART;
        table = new RoutingTable(state.id(), rule, random, nanos);
        state.nodes().forEach(table::remember);
        records = new PeerRecords(PeerRecords.Limits.in(memory - forItems), random, nanos);
        ownAddress = new OwnAddress(family, nanos);
        rate = new AnswerRate(nanos);
        items = new ItemRecords(ItemRecords.Limits.in(forItems), nanos);
        answers = new Answers(family, rule, table, new TokenIssuer(random, nanos), records, items, this::near);
        questions = new Questions(family, rule, table, messages, random, nanos);
        maintenance = new Maintenance(table, questions, random, nanos);
        searches = new Searches(rule, table, questions, records, nanos);
        itemSearches = new ItemSearches(rule, table, questions, items, nanos);
    }

    /** The two answer for each other when nodes of both families are wanted (BEP 32). */
    static void pair(DhtNode one, DhtNode another) {
        if (one.family == another.family) {
            throw new IllegalArgumentException("both are of " + one.family);
        }
        one.other = another;
        another.other = one;
    }

    private List<Contact> near(AddressFamily wanted, DhtId target) {
        DhtNode node = wanted == family ? this : other;
        return node == null ? List.of() : node.table.closestGood(target, KrpcResponse.MAX_NODES);
    }

    /** This node's id, which changes when it learns its address. */
    public DhtId id() {
        return table.own();
    }

    /**
     * Whether this node only asks (BEP 43), as one should that others cannot reach: it says so, and answers nobody. At first it
     * answers.
     */
    public void readOnly(boolean value) {
        readOnly = value;
        questions.readOnly(value);
    }

    /** Joins the network by nodes at these addresses and those it knows, now and whenever none of those has answered lately. */
    public void bootstrap(Collection<InetSocketAddress> addresses) {
        bootstrap(addresses, List.of());
    }

    /**
     * As {@link #bootstrap(Collection)}.
     *
     * @param others where nodes may be as well, whose word counts no more than anybody's
     */
    void bootstrap(Collection<InetSocketAddress> addresses, Collection<InetSocketAddress> others) {
        joinBy(addresses, others);
        maintenance.rejoin(List.of());
    }

    /** By whom to join when that is needed again. */
    void joinBy(Collection<InetSocketAddress> addresses, Collection<InetSocketAddress> others) {
        maintenance.joinBy(addresses, others);
    }

    /** Asks some of those by whom to join where they see this node, though it has joined by others. */
    void hear(Collection<InetSocketAddress> some) {
        maintenance.hear(some);
    }

    /**
     * Asks a node.
     *
     * @param callback is called exactly once, later, if the node is asked
     * @return whether it is: not when too many questions wait, nor at an address of the other family or without a port
     */
    boolean ask(Contact contact, KrpcQuery query, Consumer<Outcome> callback) {
        return questions.ask(contact.address(), Optional.of(contact.id()), query, callback);
    }

    /** Looks for the peers under a key, along with all others who do; tells of each as soon as it is known. */
    public void find(DhtId key, Seeker seeker) {
        searches.find(key, seeker);
    }

    /** Tells one who was looking no more. */
    public void leave(DhtId key, Seeker seeker) {
        searches.leave(key, seeker);
    }

    /**
     * Announces a peer at this node's address under a key, for as long as others remember it ({@link PeerRecords#LIFETIME}).
     *
     * @param port the peer's
     * @param done takes how many nodes have taken it, once
     */
    public void announce(DhtId key, int port, IntConsumer done) {
        announce(key, port, List.of(), announced -> done.accept(announced.by().size()));
    }

    /**
     * Announces it again.
     *
     * @param near who took it before
     * @param done is told who has taken it, once
     */
    void announce(DhtId key, int port, Collection<Contact> near, Consumer<Announced> done) {
        searches.announce(key, port, near, done);
    }

    /** Has nothing more sent of announcements of a key that are under way; they end as if nobody had taken them. */
    void withdraw(DhtId key) {
        searches.withdraw(key);
    }

    /**
     * Looks for an item (BEP 44); the other parameters are those of {@link ItemSearches#get}.
     *
     * @param salt of a mutable item, or nothing
     */
    void get(DhtId target, Octets salt, Consumer<Optional<DhtItem>> done) {
        itemSearches.get(target, salt, done);
    }

    /** Has others keep an item, signed by its owner if it is mutable; see {@link ItemSearches#put}. */
    void put(DhtItem item, OptionalLong expected, IntConsumer done) {
        itemSearches.put(item, expected, done);
    }

    /** Has others keep an item of this node's own; see {@link ItemSearches#renew}. */
    void renew(DhtItem.Mutable item, LongConsumer newer, IntConsumer done) {
        itemSearches.renew(item, newer, done);
    }

    /** Whether nobody is known who has shown lately that he answers. */
    boolean isAlone() {
        return !table.hasGood();
    }

    /** Where others see this node; nothing until they have told, or when that is local. */
    Optional<InetAddress> address() {
        return ownAddress.believed();
    }

    /** Up to {@code most} nodes that may answer, nearest to {@code target} first: where to begin a lookup. */
    List<Contact> closest(DhtId target, int most) {
        return table.closest(target, most);
    }

    /** A datagram has come; anything may be in it. */
    public void received(InetSocketAddress source, byte[] datagram) {
        if (!mayBeNode(source)) {
            return;
        }
        try {
            take(source, KrpcDecoder.decode(datagram, transaction -> questions.asked(source, transaction)));
        } catch (FormatException e) {
            // Nobody is told.
        }
    }

    /** A message has come, which was decoded already. */
    public void received(InetSocketAddress source, KrpcMessage message) {
        if (mayBeNode(source)) {
            take(source, message);
        }
    }

    private boolean mayBeNode(InetSocketAddress source) {
        return source.getPort() != 0 && AddressFamily.of(source.getAddress()) == family;
    }

    private void take(InetSocketAddress source, KrpcMessage message) {
        switch (message) {
            case KrpcMessage.Query query -> answer(source, query);
            case KrpcMessage.Unanswerable query -> {
                if (mayAnswer(source)) {
                    send(source, Answers.refusal(source, query, query.error()));
                }
            }
            case KrpcMessage.Response response -> questions.answered(source, response)
                    .ifPresent(question -> learn(question, response.seenAt(), false));
            case KrpcMessage.Failure failure -> questions.refused(source, failure)
                    .ifPresent(question -> learn(question, failure.seenAt(),
                            failure.error().code() == KrpcError.PROTOCOL));
        }
    }

    private boolean mayAnswer(InetSocketAddress source) {
        return !readOnly && rate.allows(source, table.hasPlace(source));
    }

    private void answer(InetSocketAddress source, KrpcMessage.Query message) {
        if (!mayAnswer(source)) {
            return;
        }
        send(source, answers.to(source, message));
        Contact asker = new Contact(message.query().id(), source);
        // Only whoever is where he may be contacted is of use to others.
        if (!message.readOnly() && Admission.mayName(source.getAddress(), source) && table.asked(asker)) {
            maintenance.ping(asker);
        }
    }

    private void send(InetSocketAddress to, KrpcMessage.Sendable message) {
        int bytes = messages.answer(to, message);
        rate.sent(to, table.hasPlace(to), bytes);
    }

    /** With another address than before another id may be due; then the nodes near it are others too. */
    private void learn(Transactions.Question question, Optional<InetSocketAddress> seenAt, boolean refuses) {
        InetSocketAddress voter = question.to();
        OwnAddress.Voter by = maintenance.isRouter(voter)
                ? OwnAddress.Voter.ROUTER
                : question.introduced() ? OwnAddress.Voter.INTRODUCED : OwnAddress.Voter.NAMED;
        Optional<InetAddress> address = seenAt.filter(seen -> question.votes() || !ownAddress.isKnown())
                .flatMap(seen -> ownAddress.seen(voter.getAddress(), seen.getAddress(), refuses, by));
        if (address.isPresent() && !AddressBound.matches(id(), address.get())) {
            table.move(idAt(address.get()));
            // Who told may have refused an answer, or this node his, for the sake of the id before.
            maintenance.rejoin(List.of(voter));
        } else if (by == OwnAddress.Voter.NAMED && ownAddress.isDisputed()
                && maintenance.askRouters(OwnAddress.PAUSE)) {
            ownAddress.routersAsked();
        }
    }

    /** One that it had, if that will do: whoever takes a new one without need is not listened to ({@link StatedIds}). */
    private DhtId idAt(InetAddress address) {
        earlier.addFirst(id());
        if (earlier.size() > MOST_EARLIER) {
            earlier.removeLast();
        }
        return earlier.stream().filter(id -> AddressBound.matches(id, address)).findFirst()
                .orElseGet(() -> AddressBound.id(address, random));
    }

    /** Does what is due; early is harmless. */
    public void tick() {
        questions.expire();
        maintenance.tick();
        searches.tick();
        itemSearches.tick();
        records.expire();
        items.expire();
    }

    /** When to call {@link #tick} next, by the clock. */
    public long nextWake() {
        long round = maintenance.nextTick();
        return sooner(sooner(sooner(round, questions.nextExpiry()), searches.nextTick()), itemSearches.nextTick());
    }

    private static long sooner(long one, OptionalLong another) {
        return another.isPresent() && another.getAsLong() - one < 0 ? another.getAsLong() : one;
    }

    /** What to keep across a restart. */
    public DhtState state() {
        return new DhtState(family, id(), table.contacts());
    }
}
