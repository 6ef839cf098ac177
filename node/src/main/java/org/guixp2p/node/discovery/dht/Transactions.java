// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcMethod;
import org.guixp2p.protocol.dht.Octets;

/**
 * Questions that wait for their answers. Each has a name by chance, and takes an answer only from the address that was asked: who
 * wants to answer in another's place must guess the one and forge the other.
 */
final class Transactions {
    /** How long an answer may take. */
    static final Duration TIMEOUT = Duration.ofSeconds(3);
    /** How many questions may wait; about 200 kB. */
    static final int MAX_PENDING = 1024;

    /** Length of a name. */
    static final int BYTES = 4;

    private final RandomGenerator random;
    private final LongSupplier nanos;
    /** The longest asked first. */
    private final Map<Octets, Question> pending = new LinkedHashMap<>();

    /**
     * A question.
     *
     * @param id of whom was asked; nothing when only the address is known
     * @param votes whether it counts where whoever is asked sees this node
     * @param introduced whether whoever is asked introduced itself to this node
     * @param asked when, in nanoseconds
     */
    record Question(InetSocketAddress to, Optional<DhtId> id, KrpcMethod method, boolean votes, boolean introduced,
            Consumer<Outcome> callback, long asked) {}

    /**
     * @param random must not be guessed by others
     * @param nanos a clock that only goes forward
     */
    Transactions(RandomGenerator random, LongSupplier nanos) {
        this.random = random;
        this.nanos = nanos;
    }

    /** The name of a new question; nothing when too many wait. */
    Optional<Octets> open(InetSocketAddress to, Optional<DhtId> id, KrpcMethod method, boolean votes,
            boolean introduced, Consumer<Outcome> callback) {
        if (!hasRoom(1)) {
            return Optional.empty();
        }
        Octets name = name();
        while (pending.containsKey(name)) {
            name = name();
        }
        pending.put(name, new Question(to, id, method, votes, introduced, callback, nanos.getAsLong()));
        return Optional.of(name);
    }

    private Octets name() {
        byte[] name = new byte[BYTES];
        random.nextBytes(name);
        return Octets.of(name);
    }

    /** What {@code source} was asked under this name and has not answered yet. */
    Optional<KrpcMethod> asked(InetSocketAddress source, Octets name) {
        return find(source, name).map(Question::method);
    }

    private Optional<Question> find(InetSocketAddress source, Octets name) {
        return Optional.ofNullable(pending.get(name)).filter(question -> question.to.equals(source));
    }

    /** The question that {@code source} answers; it waits no longer. */
    Optional<Question> close(InetSocketAddress source, Octets name) {
        Optional<Question> question = find(source, name);
        question.ifPresent(ignored -> pending.remove(name));
        return question;
    }

    /** Those that have waited too long; they wait no longer. */
    List<Question> expired() {
        long now = nanos.getAsLong();
        List<Question> expired = new ArrayList<>();
        Iterator<Question> oldest = pending.values().iterator();
        while (oldest.hasNext()) {
            Question question = oldest.next();
            if (now - question.asked < TIMEOUT.toNanos()) {
                break;
            }
            oldest.remove();
            expired.add(question);
        }
        return expired;
    }

    /** When the next will have waited too long. */
    OptionalLong nextExpiry() {
        return pending.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(pending.values().iterator().next().asked + TIMEOUT.toNanos());
    }

    /** Whether so many more may wait. */
    boolean hasRoom(int more) {
        return pending.size() + more <= MAX_PENDING;
    }
}
