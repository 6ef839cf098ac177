// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.Octets;

/**
 * An iterative lookup: whom to ask for what is under a key, nearer and nearer to it, until the nearest have answered (Kademlia).
 * It goes along several paths that have no node in common, half of them by nodes only whose ids are bound to their addresses
 * (S/Kademlia; BEP 42): many who work together must stand on all of them to hide what the others know.
 *
 * <p>The caller asks, and passes only contacts that may be contacted. Times are in nanoseconds of a clock that only goes forward.
 */
final class Lookup {
    /** How many nodes keep what is announced: Kademlia's k. */
    static final int NEAREST = Bucket.SIZE;
    /** How many paths there are. */
    static final int PATHS = 4;

    private static final int PATH_WIDTH = 3;
    private static final int IN_FLIGHT = 2;
    /** How many are to be asked at once at most, or have what is announced sent in the end. */
    static final int MOST_AT_ONCE = PATHS * IN_FLIGHT + 2 * NEAREST;

    private static final Duration FIRST_PATIENCE = Duration.ofMillis(300);
    private static final Duration LEAST_PATIENCE = Duration.ofMillis(100);
    private static final Duration MOST_PATIENCE = Duration.ofSeconds(1);
    /** How long the paths go on: one that is led astray, by those who are slow on purpose, is not to hold up the end. */
    private static final Duration LONGEST = Duration.ofSeconds(5);
    /** How often those are replaced that are asked out of turn and do not answer, when no path goes on: many may be gone. */
    private static final int LAST_ROUNDS = 2;

    private final DhtId target;
    private final List<LookupPath> paths;
    private final Map<Contact, Question> open = new LinkedHashMap<>();
    /** No path asks where another one has: what is said of a machine on one says nothing of it on the others. */
    private final Set<InetSocketAddress> asked = new HashSet<>();
    private final List<Holder> holders = new ArrayList<>();
    private int messages;
    /** Rounds out of turn since a path asked last. */
    private int rounds;
    private OptionalLong begun = OptionalLong.empty();
    private long patience = FIRST_PATIENCE.toNanos();
    private boolean stopped;

    /** A node that has answered, and what it wants to see before it takes an announcement; nothing when it takes none. */
    record Holder(Contact contact, Octets token) {}

    private record Question(LookupPath path, long since) {}

    /**
     * @param rule with which ids nodes may be asked at all
     * @param start nodes that are known, the nearest first
     */
    Lookup(DhtId target, IdRule rule, List<Contact> start) {
        this(target, rule, start, PATHS);
    }

    /**
     * Along fewer paths, when the way is short.
     *
     * @param count how many, positive
     */
    Lookup(DhtId target, IdRule rule, List<Contact> start, int count) {
        this.target = target;
        boolean all = rule == IdRule.ENFORCED;
        this.paths = IntStream.range(0, count)
                .mapToObj(i -> new LookupPath(target, all || i % 2 == 1, PATH_WIDTH)).toList();
        Deque<LookupPath> turns = new ArrayDeque<>(paths);
        start.forEach(contact -> deal(contact, turns));
    }

    /** Each path begins with others: of those that take it, the one has it whose turn was the longest ago. */
    private static void deal(Contact contact, Deque<LookupPath> turns) {
        turns.stream().filter(path -> path.takes(contact)).findFirst().ifPresent(path -> {
            path.add(contact);
            turns.remove(path);
            turns.addLast(path);
        });
    }

    /** Whom to ask now; they count as asked from here on. */
    List<Contact> next(long now) {
        List<Contact> next = new ArrayList<>();
        if (stopped) {
            return next;
        }
        begun = OptionalLong.of(begun.orElse(now));
        for (LookupPath path : goesOn(now) ? paths : List.<LookupPath>of()) {
            for (long busy = inFlight(path, now); busy < IN_FLIGHT; busy++) {
                Optional<Contact> contact = path.next(named -> asked.add(named.address()));
                contact.ifPresent(found -> ask(found, path, now, next));
            }
        }
        if (!next.isEmpty()) {
            rounds = 0;
        } else if (rounds < LAST_ROUNDS && open.values().stream().allMatch(question -> isLate(question, now))) {
            nearest(true).forEach(contact -> askOutOfTurn(contact, now, next));
            nearest(false).forEach(contact -> askOutOfTurn(contact, now, next));
            rounds += next.isEmpty() ? 0 : 1;
        }
        return next;
    }

    private boolean goesOn(long now) {
        return now - begun.orElse(now) < LONGEST.toNanos();
    }

    private long inFlight(LookupPath path, long now) {
        return open.values().stream().filter(question -> question.path == path && !isLate(question, now)).count();
    }

    private boolean isLate(Question question, long now) {
        return now - question.since >= patience;
    }

    private void ask(Contact contact, LookupPath path, long now, List<Contact> next) {
        messages++;
        open.put(contact, new Question(path, now));
        next.add(contact);
    }

    /** A path may arrive and leave some of the nearest to the others, who never hear of them. */
    private void askOutOfTurn(Contact contact, long now, List<Contact> next) {
        for (LookupPath path : paths) {
            if (!asked.contains(contact.address()) && path.takeWaiting(contact)) {
                asked.add(contact.address());
                ask(contact, path, now, next);
                return;
            }
        }
    }

    /** The nearest of all that have answered or wait: those of them that wait. */
    private List<Contact> nearest(boolean boundOnly) {
        Set<Contact> answered = new HashSet<>();
        holders.forEach(holder -> answered.add(holder.contact));
        Stream<Contact> waiting = paths.stream().flatMap(LookupPath::waiting)
                .filter(contact -> !asked.contains(contact.address()));
        return Stream.concat(answered.stream(), waiting).filter(contact -> !boundOnly || LookupPath.isBound(contact))
                .distinct().sorted(byDistance()).limit(NEAREST)
                .filter(contact -> !answered.contains(contact)).toList();
    }

    private Comparator<Contact> byDistance() {
        return Comparator.comparing(Contact::id, target::compareDistances);
    }

    /**
     * A node that was asked has answered, however late.
     *
     * @param named as it was asked
     * @param id that it says it has; it counts for where it is, whatever others called it
     * @param token empty when it takes no announcement
     * @param nodes that it names
     */
    void answered(Contact named, DhtId id, Octets token, List<Contact> nodes, long now) {
        Question question = open.remove(named);
        if (question == null) {
            return;
        }
        learn(now - question.since);
        Contact found = new Contact(id, named.address());
        holders.add(new Holder(found, token));
        question.path.answered(found);
        if (goesOn(now)) {
            nodes.forEach(question.path::add);
        }
    }

    /** Twice what answers take is long: another is asked then, and an answer still counts. */
    private void learn(long took) {
        long twice = Math.clamp(2 * took, LEAST_PATIENCE.toNanos(), MOST_PATIENCE.toNanos());
        patience += (twice - patience) / 4;
    }

    /** A node that was asked has not answered, and is not waited for any more. */
    void failed(Contact named) {
        open.remove(named);
    }

    /** What was looked for is there. */
    void stop() {
        stopped = true;
        open.clear();
    }

    /** Whether there is nobody left to ask or to wait for; after {@link #next}. */
    boolean isOver() {
        return open.isEmpty();
    }

    /** When to call {@link #next} again though nothing comes; nothing when there is no need. */
    OptionalLong nextChange(long now) {
        return open.values().stream().filter(question -> !isLate(question, now))
                .mapToLong(question -> question.since + patience).min();
    }

    /** How many were asked. */
    int messages() {
        return messages;
    }

    /**
     * Where to announce: the nearest {@link #NEAREST} that take announcements, and as many of those whose ids are bound to their
     * addresses. Often they are the same; where many with ids of their choice crowd around a key, they are not.
     */
    List<Holder> nearestHolders() {
        Comparator<Holder> nearest = Comparator.comparing(Holder::contact, byDistance());
        List<Holder> taking = holders.stream().filter(holder -> !holder.token.isEmpty()).sorted(nearest).toList();
        Set<Holder> found = new LinkedHashSet<>(taking.stream().limit(NEAREST).toList());
        taking.stream().filter(holder -> LookupPath.isBound(holder.contact)).limit(NEAREST).forEach(found::add);
        return List.copyOf(found);
    }
}
