// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * Where others see this node (BEP 42), which behind a router it cannot know by itself. What most of them say counts, and at first
 * the first one, since without an address no id can be bound to it. As that changes the id, what a few have said is kept to for a
 * while: liars cost an id, and not the network's peace. But if most refuse to answer the id is wrong, and nothing is lost by another.
 *
 * <p>To introduce itself costs nobody anything, and those who work together can stand near any id, so that they are most of those
 * whom a node asks about its own. So those count most by whom it was told to join; without them, those whom others named; and whoever
 * introduced itself only as long as there is nobody else.
 */
final class OwnAddress {
    /** How many networks have a vote: those that told last. */
    static final int VOTERS = 32;
    /** So many must say the same before it is kept to. */
    static final int FEW = 3;
    /** How long it is kept to what is believed. */
    static final Duration PAUSE = Duration.ofMinutes(10);
    /** How long others have a vote: those who are known are heard of more often. */
    static final Duration LIFETIME = Duration.ofMinutes(45);
    /** How long those have to answer by whom this node joined, when they are asked again. */
    static final Duration ANSWERED_WITHIN = Duration.ofSeconds(10);

    private final AddressFamily family;
    private final LongSupplier nanos;
    /** What each network said last, the longest ago first. */
    private final Map<AddressGroup, Vote> votes = new LinkedHashMap<>();
    private Optional<InetAddress> believed = Optional.empty();
    private long since;
    private long asked;

    private record Vote(InetAddress seen, boolean refuses, Voter by, long at) {}

    /** Who votes, those who count most first. */
    enum Voter {
        ROUTER, NAMED, INTRODUCED
    }

    /** @param nanos a clock that only goes forward */
    OwnAddress(AddressFamily family, LongSupplier nanos) {
        this.family = family;
        this.nanos = nanos;
        this.asked = nanos.getAsLong();
    }

    /** Whether anything is believed. */
    boolean isKnown() {
        return believed.isPresent();
    }

    /**
     * Somebody at {@code voter}, whom this node asked, sees it at {@code seen}.
     *
     * @param by who that is
     * @param refuses to answer, as one does where the id is not bound to the address
     * @return the address, when from now on another one is believed than before
     */
    Optional<InetAddress> seen(InetAddress voter, InetAddress seen, boolean refuses, Voter by) {
        // Any id will do for local addresses, so nobody needs to know them.
        if (AddressFamily.of(seen) != family || !Admission.isGlobal(seen) || !Admission.isGlobal(voter)) {
            return Optional.empty();
        }
        AddressGroup network = AddressGroup.network(voter);
        long now = nanos.getAsLong();
        Vote before = votes.get(network);
        if (before != null && before.by.compareTo(by) < 0 && !isStale(before)) {
            // A neighbour of somebody who counts more does not speak for him.
            return Optional.empty();
        }
        votes.remove(network);
        votes.put(network, new Vote(seen, refuses, by, now));
        if (votes.size() > VOTERS) {
            Voter least = votes.values().stream().map(Vote::by).max(Comparator.naturalOrder()).orElse(by);
            votes.entrySet().stream().filter(vote -> vote.getValue().by == least).findFirst().map(Map.Entry::getKey)
                    .ifPresent(votes::remove);
        }
        boolean again = believed.equals(Optional.of(seen));
        if (again || isKept(now) || !isMost(votes(vote -> vote.seen.equals(seen)))) {
            return Optional.empty();
        }
        believed = Optional.of(seen);
        since = now;
        return believed;
    }

    /** Where most see this node; nothing until somebody has said. */
    Optional<InetAddress> believed() {
        return believed;
    }

    private boolean isKept(long now) {
        return believed.isPresent() && now - since < PAUSE.toNanos()
                && votes(vote -> vote.seen.equals(believed.get())) >= FEW && !isMost(votes(Vote::refuses));
    }

    private List<Vote> heard() {
        return Stream.of(Voter.values()).map(this::votesBy).filter(some -> !some.isEmpty()).findFirst()
                .orElse(List.of());
    }

    private List<Vote> votesBy(Voter voter) {
        return votes.values().stream().filter(vote -> vote.by == voter && !isStale(vote)).toList();
    }

    /** Whether whoever voted was asked anew since, and has not answered; or was heard too long ago, when he is asked as others are. */
    private boolean isStale(Vote vote) {
        long now = nanos.getAsLong();
        return vote.by == Voter.ROUTER
                ? vote.at - asked < 0 && now - asked >= ANSWERED_WITHIN.toNanos()
                : now - vote.at >= LIFETIME.toNanos();
    }

    /** Those by whom this node joined are asked again: whoever does not answer soon has no vote any more. */
    void routersAsked() {
        asked = nanos.getAsLong();
    }

    /** Whether those by whom this node joined said something else than most others do: it may have changed since. */
    boolean isDisputed() {
        if (believed.isEmpty() || nanos.getAsLong() - since < PAUSE.toNanos()) {
            return false;
        }
        InetAddress here = believed.get();
        int others = 0;
        int elsewhere = 0;
        boolean routers = false;
        for (Vote vote : votes.values()) {
            boolean counts = !isStale(vote);
            routers |= counts && vote.by == Voter.ROUTER;
            if (counts && vote.by == Voter.NAMED) {
                others++;
                elsewhere += vote.seen.equals(here) ? 0 : 1;
            }
        }
        return routers && 2 * elsewhere > others;
    }

    private long votes(Predicate<Vote> which) {
        return heard().stream().filter(which).count();
    }

    private boolean isMost(long some) {
        return 2 * some > heard().size();
    }
}
