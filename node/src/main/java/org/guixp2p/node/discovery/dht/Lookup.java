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
import java.util.function.BiConsumer;
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
    /** How many that are known are of use to begin with: where most of the nearest do not answer, others do. */
    static final int STARTS = 8 * NEAREST;
    private static final int NEAR_STARTS = 10;
    private static final int FAR_STARTS = 6;

    /**
     * One path from each that is known: where many tables are full of liars, two of three paths meet one on the way and are his from
     * there on. Liars whose ids are bound to their addresses stand near a key only in proportion to these, so among the last are
     * honest ones enough as soon as one path comes near.
     */
    private static final Way FIRST = new Way(NEAR_STARTS + FAR_STARTS, 1, 8, 1, 2 * NEAREST);
    private static final int PER_MACHINE = 4;
    private static final int PER_NETWORK = 8;
    /** How many are to be asked at once at most; the last are chosen twice, as the nearest and as those with bound ids. */
    static final int MOST_AT_ONCE = FIRST.paths * FIRST.abreast + 2 * FIRST.last;

    private static final Duration FIRST_PATIENCE = Duration.ofMillis(300);
    private static final Duration LEAST_PATIENCE = Duration.ofMillis(100);
    private static final Duration MOST_PATIENCE = Duration.ofSeconds(1);
    /** How long the paths go on: one that is led astray, by those who are slow on purpose, is not to hold up the end. */
    private static final Duration LONGEST = Duration.ofSeconds(5);
    /** How often those are replaced that are asked out of turn, when no path goes on: they name nearer ones, or are gone. */
    private static final int LAST_ROUNDS = 8;
    /** How many are asked in all. */
    private static final int MOST_MESSAGES = 240;
    /** How many more when it goes on from others. */
    private static final int MORE_MESSAGES = 120;
    /** The same, once it has taken long. */
    private static final int LATE_ROUNDS = 2;

    private final DhtId target;
    private final Way way;
    private final IdRule rule;
    private final List<LookupPath> paths = new ArrayList<>();
    /** Who is known and was not begun with. */
    private List<Contact> spare = List.of();
    private final Map<Contact, Question> open = new LinkedHashMap<>();
    /** No path asks where another one has: what is said of a machine on one says nothing of it on the others. */
    private final Set<InetSocketAddress> asked = new HashSet<>();
    private final AskedPlaces places = new AskedPlaces(PER_MACHINE, PER_NETWORK);
    private final List<Holder> holders = new ArrayList<>();
    private int messages;
    private int mostMessages = MOST_MESSAGES;
    /** Rounds out of turn since a path asked last. */
    private int rounds;
    private OptionalLong begun = OptionalLong.empty();
    private long patience = FIRST_PATIENCE.toNanos();
    private boolean stopped;

    /** A node that has answered, and what it wants to see before it takes an announcement; nothing when it takes none. */
    record Holder(Contact contact, Octets token) {}

    private record Question(LookupPath path, long since) {}

    /**
     * How far it goes.
     *
     * @param width of each path
     * @param most that each path asks
     * @param abreast how many each path asks at once
     * @param last so many of the nearest that anybody has named are asked in the end, whatever path they stand at
     */
    private record Way(int paths, int width, int most, int abreast, int last) {
        /**
         * As often as one path asks them. It takes as many paths to use up what there is for a machine, by false names or ports, and
         * hide the true one.
         */
        AskedPlaces places() {
            return new AskedPlaces(Math.max(1, 2 / paths), Math.max(2, 4 / paths));
        }
    }

    /**
     * @param rule with which ids nodes may be asked at all
     * @param start nodes that are known
     */
    Lookup(DhtId target, IdRule rule, List<Contact> start) {
        this(target, rule, FIRST);
        List<Contact> nearest = start.stream().sorted(byDistance()).toList();
        List<Contact> first = firstOf(nearest);
        spare = nearest.stream().filter(contact -> !first.contains(contact)).toList();
        Deque<LookupPath> turns = beginWith(first);
        spare.forEach(contact -> deal(contact, turns, LookupPath::add));
    }

    private Deque<LookupPath> beginWith(List<Contact> first) {
        List<LookupPath> more = newPaths();
        paths.addAll(more);
        Deque<LookupPath> turns = new ArrayDeque<>(more);
        first.forEach(contact -> deal(contact, turns, LookupPath::begin));
        return turns;
    }

    /** The nearest, and some of all distances: liars who crowd around a key may be all of the nearest that are known. */
    private static List<Contact> firstOf(List<Contact> nearest) {
        List<Contact> near = nearest.stream().limit(NEAR_STARTS).toList();
        return Stream.concat(near.stream(), evenly(nearest.subList(near.size(), nearest.size()), FAR_STARTS)).toList();
    }

    private static Stream<Contact> evenly(List<Contact> sorted, int most) {
        int some = Math.min(sorted.size(), most);
        return IntStream.range(0, some).mapToObj(i -> sorted.get(i * sorted.size() / some));
    }

    private Lookup(DhtId target, IdRule rule, Way way) {
        this.target = target;
        this.rule = rule;
        this.way = way;
    }

    private List<LookupPath> newPaths() {
        boolean all = rule == IdRule.ENFORCED;
        return IntStream.range(0, way.paths)
                .mapToObj(i -> new LookupPath(target, all || i % 2 == 1, way.width, way.most, way.places()))
                .toList();
    }

    /**
     * A lookup of what has been looked up before: the way is short, and one path will do.
     *
     * @param last so many of the nearest that anybody has named are asked in the end
     * @param start those who were found then, and others that are known
     */
    static Lookup again(DhtId target, IdRule rule, int last, List<Contact> start) {
        Lookup lookup = new Lookup(target, rule, new Way(1, 3, 40, 2, last));
        lookup.paths.addAll(lookup.newPaths());
        start.forEach(lookup.paths.getFirst()::add);
        return lookup;
    }

    /**
     * Goes on, though it is over, from others of those that are known: where most of the known ones are liars, all paths may have been
     * led astray. Once.
     *
     * @return whether there are any
     */
    boolean widen() {
        List<Contact> others = spare.stream().filter(contact -> !asked.contains(contact.address())).toList();
        spare = List.of();
        if (stopped || others.isEmpty()) {
            return false;
        }
        paths.forEach(LookupPath::end);
        beginWith(evenly(others, way.paths).toList());
        mostMessages = messages + MORE_MESSAGES;
        begun = OptionalLong.empty();
        rounds = 0;
        return true;
    }

    /** Of the paths that take it, the one gets it whose turn was the longest ago. */
    private static void deal(Contact contact, Deque<LookupPath> turns, BiConsumer<LookupPath, Contact> how) {
        turns.stream().filter(path -> path.takes(contact)).findFirst().ifPresent(path -> {
            how.accept(path, contact);
            turns.remove(path);
            turns.addLast(path);
        });
    }

    /** Whom to ask now; they count as asked from here on. */
    List<Contact> next(long now) {
        List<Contact> next = new ArrayList<>();
        if (stopped || messages >= mostMessages) {
            return next;
        }
        begun = OptionalLong.of(begun.orElse(now));
        for (LookupPath path : goesOn(now) ? paths : List.<LookupPath>of()) {
            for (long busy = inFlight(path, now); busy < way.abreast; busy++) {
                Optional<Contact> contact = path.next(this::mayAsk);
                contact.ifPresent(found -> ask(found, path, now, next));
            }
        }
        if (!next.isEmpty()) {
            rounds = 0;
        } else if (rounds < (goesOn(now) ? LAST_ROUNDS : LATE_ROUNDS)
                && open.values().stream().allMatch(question -> isLate(question, now))) {
            nearest(true).forEach(contact -> askOutOfTurn(contact, now, next));
            nearest(false).forEach(contact -> askOutOfTurn(contact, now, next));
            rounds += next.isEmpty() ? 0 : 1;
        }
        return next;
    }

    private boolean mayAsk(Contact contact) {
        return !asked.contains(contact.address()) && places.mayAsk(contact);
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
        asked.add(contact.address());
        places.add(contact);
        open.put(contact, new Question(path, now));
        next.add(contact);
    }

    /** A path may arrive and leave some of the nearest to the others, who never hear of them. */
    private void askOutOfTurn(Contact contact, long now, List<Contact> next) {
        for (LookupPath path : paths) {
            if (mayAsk(contact) && path.takeWaiting(contact)) {
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
                .filter(this::mayAsk);
        return Stream.concat(answered.stream(), waiting).filter(contact -> !boundOnly || LookupPath.isBound(contact))
                .distinct().sorted(byDistance()).limit(way.last)
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
     * Where to announce: the nearest that take announcements, and as many of those whose ids are bound to their addresses. Often they
     * are the same; where many with ids of their choice crowd around a key, they are not.
     *
     * @param most of either
     */
    List<Holder> nearestHolders(int most) {
        Comparator<Holder> nearest = Comparator.comparing(Holder::contact, byDistance());
        List<Holder> taking = holders.stream().filter(holder -> !holder.token.isEmpty()).sorted(nearest).toList();
        Set<Holder> found = new LinkedHashSet<>(taking.stream().limit(most).toList());
        taking.stream().filter(holder -> LookupPath.isBound(holder.contact)).limit(most).forEach(found::add);
        return List.copyOf(found);
    }
}
