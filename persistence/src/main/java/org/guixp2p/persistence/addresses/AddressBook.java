// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Addresses at which this node itself has connected to peers. Answers at once, from memory, on any thread. Loopback, link-local
 * addresses and those of this node are never among them: they mean another machine tomorrow, or this one.
 */
public final class AddressBook {
    /** How many there may be. */
    public static final int CAPACITY = 1024;
    /** Of one peer: one of each family, and those of the network that it was on before. */
    static final int MOST_OF_A_PEER = 4;
    /** Of one network that is not local: whoever has one should not fill the book. */
    static final int MOST_OF_A_NETWORK = 16;
    /** What has failed as often as {@link #DEAD_FAILURES}, and not answered for that long, is forgotten. */
    static final Duration DEAD_AFTER = Duration.ofDays(3);
    static final int DEAD_FAILURES = 5;
    /** What has not answered for that long is forgotten in any case. */
    static final Duration OLD_AFTER = Duration.ofDays(60);
    /** One dial in vain may be a bad moment. */
    static final int LOST_FAILURES = 2;
    /** When nothing has answered for that long, it may be this machine that is off the network, and failures do not count. */
    static final Duration ONLINE = Duration.ofMinutes(10);
    private static final int MOST_OWN = 64;

    private final InstantSource clock;
    private final Predicate<InetAddress> lasting;
    private final Map<HostAndPort, KnownAddress> known = new HashMap<>();
    /** The one heard of last stands last. */
    private final LinkedHashSet<HostAndPort> own = new LinkedHashSet<>();
    /** Failures that do not count, but say what to try next. */
    private final Map<HostAndPort, Integer> meanwhile = new HashMap<>();
    private long lastSeconds = Long.MIN_VALUE / 2;
    private long changes;
    private long additions;

    /** One that begins with nothing. */
    public AddressBook(InstantSource clock) {
        this(clock, List.of(), List.of());
    }

    /**
     * One that begins with nothing, and keeps other addresses, as a test has where loopback is all there is.
     *
     * @param lasting whether an address means a machine, and the same one tomorrow
     */
    public AddressBook(InstantSource clock, Predicate<InetAddress> lasting) {
        this.clock = clock;
        this.lasting = lasting;
    }

    /**
     * One that goes on from what was kept.
     *
     * @param clock of what is remembered across restarts
     * @param own addresses of this node
     */
    public AddressBook(InstantSource clock, Collection<KnownAddress> kept, Collection<HostAndPort> own) {
        this(clock, AddressBook::isLasting);
        this.own.addAll(own);
        long now = now();
        for (KnownAddress address : kept) {
            HostAndPort where = address.address().endpoint();
            if (mayBeKept(address.host(), where)) {
                // After a clock was set back it would be the newest for ever.
                known.put(where, address.lastSeconds() <= now ? address : address.stands(now));
            }
        }
        prune(now);
    }

    private long now() {
        return Math.max(0, clock.instant().getEpochSecond());
    }

    // What happens.

    /** A peer has answered there: its handshake has shown who it is. */
    public synchronized void worked(PeerId peer, InetSocketAddress address) {
        seen(peer, address, true);
    }

    /** A connection that was made there stands. */
    public synchronized void stands(PeerId peer, InetSocketAddress address) {
        seen(peer, address, false);
    }

    private void seen(PeerId peer, InetSocketAddress address, boolean again) {
        Optional<HostAndPort> where = keepable(address);
        if (where.isEmpty()) {
            return;
        }
        long now = now();
        KnownAddress before = known.get(where.get());
        if (before == null || !before.address().id().equals(peer)) {
            put(new KnownAddress(new PeerAddress(peer, where.get()), now, 1, 0), now);
        } else {
            known.put(where.get(), again ? before.worked(now) : before.stands(now));
        }
        lastSeconds = now;
        meanwhile.clear();
        prune(now);
        changes++;
    }

    /** Nobody answers there. */
    public synchronized void failed(InetSocketAddress address) {
        Optional<HostAndPort> where = keepable(address);
        if (where.isEmpty() || !known.containsKey(where.get())) {
            return;
        }
        if (now() - lastSeconds > ONLINE.toSeconds()) {
            meanwhile.merge(where.get(), 1, Integer::sum);
        } else {
            known.computeIfPresent(where.get(), (key, before) -> before.failed());
            changes++;
        }
    }

    /** This node itself answers there. */
    public synchronized void own(InetSocketAddress address) {
        keepable(address).ifPresent(where -> {
            own.add(where);
            if (own.size() > MOST_OWN) {
                own.removeFirst();
            }
            if (known.remove(where) != null) {
                changes++;
            }
        });
    }

    private Optional<HostAndPort> keepable(InetSocketAddress address) {
        InetAddress host = address.getAddress();
        if (host == null || address.getPort() == 0) {
            return Optional.empty();
        }
        HostAndPort where = HostAndPort.of(host, address.getPort());
        return mayBeKept(host, where) ? Optional.of(where) : Optional.empty();
    }

    private boolean mayBeKept(InetAddress host, HostAndPort where) {
        return lasting.test(host) && !own.contains(where);
    }

    private static boolean isLasting(InetAddress host) {
        return !host.isLoopbackAddress() && !host.isLinkLocalAddress() && !host.isAnyLocalAddress()
                && !host.isMulticastAddress();
    }

    private void put(KnownAddress address, long now) {
        HostAndPort where = address.address().endpoint();
        known.put(where, address);
        additions++;
        PeerId peer = address.address().id();
        makeRoom(other -> other.address().id().equals(peer), MOST_OF_A_PEER, where, now);
        if (!AddressGroup.isLocal(address.host())) {
            AddressGroup network = AddressGroup.network(address.host());
            makeRoom(other -> AddressGroup.network(other.host()).equals(network), MOST_OF_A_NETWORK, where, now);
        }
        makeRoom(other -> true, CAPACITY, where, now);
    }

    /** Of those that are too many the least promising goes. */
    private void makeRoom(Predicate<KnownAddress> which, int most, HostAndPort newcomer, long now) {
        List<KnownAddress> all = known.values().stream().filter(which).toList();
        if (all.size() > most) {
            all.stream().filter(other -> !other.address().endpoint().equals(newcomer))
                    .min(promise(now)).ifPresent(worst -> known.remove(worst.address().endpoint()));
        }
    }

    private void prune(long now) {
        known.values().removeIf(address -> address.age(now) > OLD_AFTER.toSeconds()
                || (address.failures() >= DEAD_FAILURES && address.age(now) > DEAD_AFTER.toSeconds()));
    }

    private Comparator<KnownAddress> promise(long now) {
        return Comparator.<KnownAddress>comparingDouble(
                address -> address.promise(now, meanwhile.getOrDefault(address.address().endpoint(), 0)))
                .thenComparing(address -> address.address().toString());
    }

    // What follows from it.

    /** Those that are likely to answer, the likeliest first. */
    public synchronized List<KnownAddress> best(Predicate<InetAddress> which, int most) {
        return known.values().stream().filter(address -> which.test(address.host()))
                .sorted(promise(now()).reversed()).limit(most).toList();
    }

    /** Those that answered within a time, and have not failed since; the one that answered last comes first. */
    public synchronized List<KnownAddress> recent(Duration within) {
        long now = now();
        return known.values().stream()
                .filter(address -> address.failures() == 0 && address.age(now) <= within.toSeconds())
                .sorted(Comparator.comparingLong(KnownAddress::lastSeconds).reversed()).toList();
    }

    /**
     * Those who may still answer where they did: all but those at each of whose addresses {@link #LOST_FAILURES} dials were in vain, and
     * who have none any more.
     */
    public synchronized Set<PeerId> notLost() {
        return known.values().stream()
                .filter(address -> address.failures()
                        + meanwhile.getOrDefault(address.address().endpoint(), 0) < LOST_FAILURES)
                .map(address -> address.address().id()).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether an address is one to keep, if somebody answers there. */
    public synchronized boolean mayBeKept(InetSocketAddress address) {
        return keepable(address).isPresent();
    }

    /** How often an address was added, so that whoever has told all looks again only then. */
    public synchronized long additions() {
        return additions;
    }

    /** Whether this node itself answers there. */
    public synchronized boolean isOwn(HostAndPort address) {
        return own.contains(address);
    }

    /** How many there are. */
    public synchronized int size() {
        return known.size();
    }

    /** How often something has changed that is to be kept. */
    synchronized long changes() {
        return changes;
    }

    /** All of them. */
    synchronized List<KnownAddress> all() {
        return List.copyOf(known.values());
    }
}
