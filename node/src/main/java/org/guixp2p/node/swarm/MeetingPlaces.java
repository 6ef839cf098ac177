// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * Dials to addresses at which somebody is said to have something: how many at a time and in an hour, and which not again so soon.
 * Whoever says so may lie, to have others dialled. No I/O, no clock of its own, one thread.
 *
 * @param <W> what waits for a dial's outcome
 */
final class MeetingPlaces<W> {
    /** Those who are said to have what is wanted. */
    static final Limits WANTED = new Limits(16, 256, 2000);
    /** Those nearby, of which there are few, and who answer at once. */
    static final Limits NEARBY = new Limits(4, 64, 600);
    /** Those that this node remembers: nobody waits for them. */
    static final Limits REMEMBERED = new Limits(8, 24, 600);
    /** Those that peers tell of: each of them may tell of many, and must not keep this node from those that it has met itself. */
    static final Limits TOLD = new Limits(4, 24, 240);
    /** Those whom nobody asked for: anybody can say of anybody that he is one. */
    static final Limits STRANGERS = new Limits(4, 64, 240);
    /** Dials in an hour to one machine that is not local. */
    static final int MOST_OF_A_MACHINE = 20;
    /** After a first dial in vain; twice as long after each further one. */
    static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    static final Duration LONGEST_PAUSE = Duration.ofHours(2);
    /** This node's own address stays its own for long. */
    static final Duration OWN_PAUSE = Duration.ofHours(12);
    /** How many addresses are remembered. */
    static final int MOST_PLACES = 4096;

    private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

    private final Limits limits;
    private final RandomGenerator random;
    /** The one heard of last stands last. */
    private final LinkedHashMap<InetSocketAddress, Place> places = new LinkedHashMap<>();
    private final Deque<InetSocketAddress> waiting = new ArrayDeque<>();
    private final Map<AddressGroup, Integer> ofMachine = new HashMap<>();
    private long hourNanos;
    private int thisHour;
    private int dialled;

    private final class Place {
        private final List<W> waiters = new ArrayList<>();
        private boolean isDialled;
        private int failures;
        private long notBeforeNanos;
        private @Nullable PeerId found;

        private boolean isNeeded() {
            return !waiters.isEmpty() || isDialled;
        }
    }

    /**
     * How much is dialled.
     *
     * @param atATime dials under way
     * @param waiting dials that wait for those under way
     * @param anHour dials in an hour
     */
    record Limits(int atATime, int waiting, int anHour) {}

    MeetingPlaces(Limits limits, RandomGenerator random, long nowNanos) {
        this.limits = limits;
        this.random = random;
        this.hourNanos = nowNanos;
    }

    /** Who was found at an address the last time. */
    Optional<PeerId> found(InetSocketAddress address) {
        Place place = places.get(address);
        return place == null ? Optional.empty() : Optional.ofNullable(place.found);
    }

    /**
     * Somebody wants to meet whoever is there.
     *
     * @return whether the dial's outcome is waited for; otherwise there will be none, since it was in vain lately, or there are too
     *         many
     */
    boolean ask(InetSocketAddress address, W waiter, long nowNanos) {
        Place place = places.computeIfAbsent(address, unknown -> new Place());
        // What is asked for is remembered longer than what is not.
        places.putLast(address, place);
        forgetOldest();
        if (!place.isNeeded()) {
            if ((place.failures > 0 && nowNanos - place.notBeforeNanos < 0) || waiting.size() >= limits.waiting) {
                return false;
            }
            waiting.add(address);
        }
        place.waiters.add(waiter);
        return true;
    }

    private void forgetOldest() {
        Iterator<Place> oldest = places.values().iterator();
        while (places.size() > MOST_PLACES && oldest.hasNext()) {
            if (!oldest.next().isNeeded()) {
                oldest.remove();
            }
        }
    }

    /** Dials under way. */
    int underWay() {
        return dialled;
    }

    /** Dials nobody of those who wait; for those for whom nobody waits. */
    void giveUp() {
        for (InetSocketAddress address : waiting) {
            Place place = places.get(address);
            if (place != null) {
                place.waiters.clear();
            }
        }
        waiting.clear();
    }

    /** What is to be dialled now, and counts as dialled from here on; those that may not be are given up. */
    Next<W> next(long nowNanos) {
        return next(limits.atATime, nowNanos);
    }

    /** Likewise, no more than so many. */
    Next<W> next(int most, long nowNanos) {
        List<InetSocketAddress> dial = new ArrayList<>();
        Map<InetSocketAddress, List<W>> refused = new HashMap<>();
        while (dialled < limits.atATime && dial.size() < most && !waiting.isEmpty()) {
            InetSocketAddress address = waiting.remove();
            Place place = places.get(address);
            if (place == null) {
                continue;
            }
            if (mayDial(address, nowNanos)) {
                place.isDialled = true;
                dialled++;
                dial.add(address);
            } else {
                refused.put(address, waiters(place));
            }
        }
        return new Next<>(dial, refused);
    }

    /**
     * What comes next.
     *
     * @param refused who waits in vain, and where
     */
    record Next<W>(List<InetSocketAddress> dial, Map<InetSocketAddress, List<W>> refused) {
        Next {
            dial = List.copyOf(dial);
            refused = Map.copyOf(refused);
        }
    }

    private boolean mayDial(InetSocketAddress address, long nowNanos) {
        if (nowNanos - hourNanos >= HOUR_NANOS) {
            hourNanos = nowNanos;
            thisHour = 0;
            ofMachine.clear();
        }
        if (thisHour >= limits.anHour) {
            return false;
        }
        AddressGroup machine = AddressGroup.machine(address.getAddress());
        if (!AddressGroup.isLocal(address.getAddress())
                && ofMachine.merge(machine, 1, Integer::sum) > MOST_OF_A_MACHINE) {
            return false;
        }
        thisHour++;
        return true;
    }

    /** Whether a dial to an address is under way. */
    boolean isDialled(InetSocketAddress address) {
        Place place = places.get(address);
        return place != null && place.isDialled;
    }

    /** A dial has found somebody, who may be a peer already; gives those who waited for that. */
    List<W> met(InetSocketAddress address, PeerId peer) {
        Place place = ended(address);
        if (place == null) {
            return List.of();
        }
        place.found = peer;
        return waiters(place);
    }

    /**
     * A dial was in vain; gives those who waited for it.
     *
     * @param own whether this node itself was found
     */
    List<W> failed(InetSocketAddress address, boolean own, long nowNanos) {
        Place place = ended(address);
        if (place == null) {
            return List.of();
        }
        pause(place, own, nowNanos);
        return waiters(place);
    }

    /** Whoever was met at an address has gone: after a while, or at once, as one does who has no place for this node. */
    void left(InetSocketAddress address, boolean stable, long nowNanos) {
        Place place = places.get(address);
        if (place == null || place.isDialled) {
            return;
        }
        if (stable) {
            place.failures = 0;
        } else {
            pause(place, false, nowNanos);
        }
    }

    /** Whatever was in vain there counts no more. */
    void forgive(InetSocketAddress address) {
        Place place = places.get(address);
        if (place != null) {
            place.failures = 0;
        }
    }

    private void pause(Place place, boolean own, long nowNanos) {
        place.failures++;
        place.found = null;
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(place.failures - 1, 16));
        Duration pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        long nanos = (own ? OWN_PAUSE : pause).toNanos();
        place.notBeforeNanos = nowNanos + nanos - random.nextLong(nanos / 4);
    }

    private @Nullable Place ended(InetSocketAddress address) {
        Place place = places.get(address);
        if (place == null || !place.isDialled) {
            return null;
        }
        place.isDialled = false;
        dialled--;
        return place;
    }

    private List<W> waiters(Place place) {
        List<W> waiters = List.copyOf(place.waiters);
        place.waiters.clear();
        return waiters;
    }
}
