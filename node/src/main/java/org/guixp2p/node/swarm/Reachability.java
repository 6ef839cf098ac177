// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.DialOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether peers elsewhere get through to this node, of each address family: whoever has dialled it has; others are asked to, a few of
 * different networks, now and then. One that lies, or has a bad line itself, does not decide that nobody does. For use on any thread.
 */
public final class Reachability {
    private static final Logger LOG = LoggerFactory.getLogger(Reachability.class);
    /** Answers after which it is decided; earlier if two more say one thing than the other. */
    static final int ASKED = 3;
    /** So many have to say that they do not get through. */
    static final int FEW = 2;
    /** When others are asked again. */
    static final Duration REACHABLE_FOR = Duration.ofHours(1);
    static final Duration UNREACHABLE_FOR = Duration.ofMinutes(15);
    /** After which those are asked again who have answered, when there were not enough others. */
    static final Duration ROUND = Duration.ofMinutes(5);
    /** When somebody is asked again who was busy: each dials for one at a time, which takes some seconds where nobody answers. */
    static final Duration BUSY_FOR = Duration.ofSeconds(10);

    private final Ticker ticker;
    private final RandomGenerator random;
    private final Map<AddressFamily, Family> families = new EnumMap<>(AddressFamily.class);
    private BiConsumer<AddressFamily, Verdict> listener = (family, verdict) -> {};

    /** What is known. */
    public enum Verdict {
        UNKNOWN, REACHABLE, UNREACHABLE
    }

    /** What one peer was asked: an answer to a question of a round before says nothing about this one. */
    record Question(AddressFamily family, AddressGroup network, long number) {}

    private final class Family {
        private final AddressFamily family;
        private Verdict verdict = Verdict.UNKNOWN;
        /** Networks of those who were asked in this round. */
        private final Set<AddressGroup> asked = new HashSet<>();
        /** Those of them that were busy, and since when. */
        private final Map<AddressGroup, Long> busy = new HashMap<>();
        private Optional<Question> underWay = Optional.empty();
        private long questions;
        private int reached;
        private int unreached;
        private long roundNanos;
        private long notBeforeNanos = ticker.nanos();

        private Family(AddressFamily family) {
            this.family = family;
        }

        private Optional<Question> wants(AddressGroup network) {
            long now = ticker.nanos();
            if (now - notBeforeNanos < 0 || underWay.isPresent()) {
                return Optional.empty();
            }
            if (asked.isEmpty() || now - roundNanos >= ROUND.toNanos()) {
                begin(now);
            }
            Long since = busy.get(network);
            if (since != null && now - since >= BUSY_FOR.toNanos()) {
                forget(network);
            }
            if (asked.add(network)) {
                underWay = Optional.of(new Question(family, network, questions++));
            }
            return underWay;
        }

        private void begin(long now) {
            roundNanos = now;
            underWay = Optional.empty();
            asked.clear();
            busy.clear();
            reached = 0;
            unreached = 0;
        }

        private void answered(Question question, DialOutcome outcome) {
            if (!underWay.equals(Optional.of(question))) {
                return;
            }
            underWay = Optional.empty();
            switch (outcome) {
                case REACHED -> reached++;
                case UNREACHED -> unreached++;
                case BUSY -> {
                    busy.put(question.network(), ticker.nanos());
                    return;
                }
            }
            if (reached > 0 && reached >= unreached) {
                is(Verdict.REACHABLE);
            } else if (unreached >= FEW && unreached > reached) {
                is(Verdict.UNREACHABLE);
            }
            if (reached + unreached >= ASKED || Math.abs(reached - unreached) >= FEW) {
                pause(verdict == Verdict.REACHABLE ? REACHABLE_FOR : UNREACHABLE_FOR);
            }
        }

        private void lost(Question question) {
            if (underWay.equals(Optional.of(question))) {
                underWay = Optional.empty();
                forget(question.network());
            }
        }

        private void forget(AddressGroup network) {
            asked.remove(network);
            busy.remove(network);
        }

        private void came() {
            is(Verdict.REACHABLE);
            pause(REACHABLE_FOR);
        }

        private void pause(Duration time) {
            long nanos = time.toNanos();
            long now = ticker.nanos();
            begin(now);
            notBeforeNanos = now + nanos - random.nextLong(nanos / 4);
        }

        private void is(Verdict found) {
            if (verdict != found) {
                verdict = found;
                LOG.info("peers elsewhere {} connect to this node by {}", found == Verdict.REACHABLE ? "can" : "cannot",
                        family);
                listener.accept(family, found);
            }
        }
    }

    Reachability(Ticker ticker, RandomGenerator random) {
        this.ticker = ticker;
        this.random = random;
        for (AddressFamily family : AddressFamily.values()) {
            families.put(family, new Family(family));
        }
    }

    /** What is known of a family. */
    public synchronized Verdict of(AddressFamily family) {
        return family(family).verdict;
    }

    /**
     * Has somebody told what is known of each family, now and whenever that changes.
     *
     * @param told on any thread; must not wait
     */
    public synchronized void whenChanged(BiConsumer<AddressFamily, Verdict> told) {
        listener = told;
        families.forEach((family, known) -> told.accept(family, known.verdict));
    }

    /** This machine has other addresses than before: what is known may be true no more. */
    public synchronized void addressChanged() {
        for (Family family : families.values()) {
            family.begin(ticker.nanos());
            family.notBeforeNanos = ticker.nanos();
        }
    }

    private Family family(AddressFamily family) {
        Family found = families.get(family);
        if (found == null) {
            throw new IllegalStateException("each family is there");
        }
        return found;
    }

    private Family family(InetAddress address) {
        return family(AddressFamily.of(address));
    }

    /**
     * What somebody is to be asked now, if anything; then {@link #answered} or {@link #lost} must follow.
     *
     * @param peer where it is, elsewhere in the world
     */
    synchronized Optional<Question> wants(InetAddress peer) {
        return family(peer).wants(AddressGroup.network(peer));
    }

    /** Whoever was asked has answered, or does not: then he is busy. */
    synchronized void answered(Question question, DialOutcome outcome) {
        family(question.family()).answered(question, outcome);
    }

    /** Whoever was asked has gone; when he is back he may be asked again. */
    synchronized void lost(Question question) {
        family(question.family()).lost(question);
    }

    /** Somebody elsewhere in the world has dialled this node. */
    synchronized void came(InetAddress peer) {
        family(peer).came();
    }
}
