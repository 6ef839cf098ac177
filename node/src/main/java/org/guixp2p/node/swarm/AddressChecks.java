// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
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
    /** Of one machine, while outcomes count. */
    static final int MOST_OF_A_MACHINE = 4;
    /** For how long an outcome counts. */
    static final Duration COUNTS = Duration.ofMinutes(10);

    private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

    private final Dialler dialler;
    private final Ticker ticker;
    /** As many as may be dialled while they count. */
    private final Map<Place, Found> outcomes = new HashMap<>();
    private boolean underWay;
    private long hourNanos;
    private int thisHour;

    /** Dials. */
    interface Dialler {
        /** Whether this peer answers there is told once, on any thread. */
        void look(PeerId peer, InetSocketAddress address, Consumer<Boolean> told);
    }

    private record Place(PeerId peer, InetSocketAddress address) {}

    private record Found(DialOutcome outcome, long nanos) {}

    AddressChecks(Dialler dialler, Ticker ticker) {
        this.dialler = dialler;
        this.ticker = ticker;
        this.hourNanos = ticker.nanos();
    }

    /**
     * Looks whether a peer answers at an address, whose host is the one that it is seen at.
     *
     * @param told once, on any thread
     */
    void check(PeerId peer, InetSocketAddress address, Consumer<DialOutcome> told) {
        Place place = new Place(peer, address);
        Optional<DialOutcome> known = begin(place);
        if (known.isPresent()) {
            told.accept(known.get());
        } else {
            dialler.look(peer, address, reached -> told.accept(ended(place, reached)));
        }
    }

    /** What is known; nothing when a dial is to find out. */
    private synchronized Optional<DialOutcome> begin(Place place) {
        long now = ticker.nanos();
        if (now - hourNanos >= HOUR_NANOS) {
            hourNanos = now;
            thisHour = 0;
        }
        outcomes.values().removeIf(found -> now - found.nanos >= COUNTS.toNanos());
        Found found = outcomes.get(place);
        if (found != null) {
            return Optional.of(found.outcome);
        }
        AddressGroup machine = machine(place);
        if (underWay || thisHour >= MOST
                || outcomes.keySet().stream().filter(other -> machine(other).equals(machine))
                        .count() >= MOST_OF_A_MACHINE) {
            return Optional.of(DialOutcome.BUSY);
        }
        underWay = true;
        thisHour++;
        return Optional.empty();
    }

    private static AddressGroup machine(Place place) {
        return AddressGroup.machine(place.address.getAddress());
    }

    private synchronized DialOutcome ended(Place place, boolean reached) {
        underWay = false;
        DialOutcome outcome = reached ? DialOutcome.REACHED : DialOutcome.UNREACHED;
        outcomes.put(place, new Found(outcome, ticker.nanos()));
        return outcome;
    }
}
