// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.DialOutcome;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Looks whether peers can be reached where they say that they listen, by a dial that ends when TLS has shown who answers. One at a
 * time, and what it gave counts for a while, so that nobody can make this node dial much. For use on any thread.
 */
final class AddressChecks {
    /** In an hour. */
    static final int MOST = 240;
    /** Of these, because peers asked for it; the others are for where this node itself wants to know. */
    static final int MOST_ASKED = MOST / 2;
    /** Of one machine, within {@link #COUNTS}. */
    static final int MOST_OF_A_MACHINE = 4;
    /** Of one network that is not local, within {@link #COUNTS}. */
    static final int MOST_OF_A_NETWORK = 12;
    /** For how long it counts that a peer was reached. */
    static final Duration COUNTS = Duration.ofMinutes(10);
    /** For how long it counts that it was not: its router may let others in a moment later. */
    static final Duration UNREACHED_COUNTS = Duration.ofMinutes(1);

    private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

    private final Dialler dialler;
    private final Ticker ticker;
    /** As many as may be dialled while they count. */
    private final Map<Place, Found> outcomes = new HashMap<>();
    /** The dials within {@link #COUNTS}, the first one first. */
    private final Deque<Look> looks = new ArrayDeque<>();
    private boolean underWay;
    private long hourNanos;
    private int thisHour;
    private int askedThisHour;

    /** Dials. */
    interface Dialler {
        /** Whether this peer answers there is told once, on any thread. */
        void look(PeerId peer, InetSocketAddress address, Consumer<Boolean> told);
    }

    private record Place(PeerId peer, InetSocketAddress address) {}

    private record Found(DialOutcome outcome, long nanos) {
        private boolean counts(long now) {
            return now - nanos < (outcome == DialOutcome.REACHED ? COUNTS : UNREACHED_COUNTS).toNanos();
        }
    }

    private record Look(InetAddress host, long nanos) {}

    AddressChecks(Dialler dialler, Ticker ticker) {
        this.dialler = dialler;
        this.ticker = ticker;
        this.hourNanos = ticker.nanos();
    }

    /**
     * Looks whether a peer answers at an address, whose host is the one that it is seen at.
     *
     * @param asked whether the peer asked for it
     * @param told once, on any thread
     */
    void check(PeerId peer, InetSocketAddress address, boolean asked, Consumer<DialOutcome> told) {
        Place place = new Place(peer, address);
        Optional<DialOutcome> known = begin(place, asked);
        if (known.isPresent()) {
            told.accept(known.get());
        } else {
            dialler.look(peer, address, reached -> told.accept(ended(place, reached)));
        }
    }

    /** What is known; nothing when a dial is to find out. */
    private synchronized Optional<DialOutcome> begin(Place place, boolean asked) {
        long now = ticker.nanos();
        if (now - hourNanos >= HOUR_NANOS) {
            hourNanos = now;
            thisHour = 0;
            askedThisHour = 0;
        }
        outcomes.values().removeIf(found -> !found.counts(now));
        looks.removeIf(look -> now - look.nanos >= COUNTS.toNanos());
        Found found = outcomes.get(place);
        if (found != null) {
            return Optional.of(found.outcome);
        }
        InetAddress host = place.address.getAddress();
        if (underWay || thisHour >= MOST || (asked && askedThisHour >= MOST_ASKED) || isCrowded(host)) {
            return Optional.of(DialOutcome.BUSY);
        }
        underWay = true;
        thisHour++;
        askedThisHour += asked ? 1 : 0;
        looks.add(new Look(host, now));
        return Optional.empty();
    }

    /** Whoever has a whole network has many machines. */
    private boolean isCrowded(InetAddress host) {
        return count(AddressGroup::machine, host) >= MOST_OF_A_MACHINE
                || (!AddressGroup.isLocal(host) && count(AddressGroup::network, host) >= MOST_OF_A_NETWORK);
    }

    private long count(Function<InetAddress, AddressGroup> group, InetAddress host) {
        AddressGroup wanted = group.apply(host);
        return looks.stream().filter(look -> group.apply(look.host).equals(wanted)).count();
    }

    private synchronized DialOutcome ended(Place place, boolean reached) {
        underWay = false;
        DialOutcome outcome = reached ? DialOutcome.REACHED : DialOutcome.UNREACHED;
        outcomes.put(place, new Found(outcome, ticker.nanos()));
        return outcome;
    }
}
