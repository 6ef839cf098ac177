// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.persistence.addresses.KnownKey;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.dht.Whereabouts;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds peers again that answer no more where they did, by what they say of themselves in the DHT: those that the user named first, and of
 * each kind whoever was not looked for yet, then whoever was not for longest. One at a time, few in an hour, and each more and more rarely.
 * For use on any thread.
 */
final class MovedPeers {
    private static final Logger LOG = LoggerFactory.getLogger(MovedPeers.class);
    /** Between two looks at who is missing. */
    static final Duration LOOK = Duration.ofSeconds(15);
    /** Lookups in an hour. */
    static final int MOST = 20;
    /** Till one that the user named is looked for again, at first and at most: it may say only in a moment where it is. */
    static final Duration FIRST_NAMED = Duration.ofMinutes(1);
    static final Duration LAST_NAMED = Duration.ofMinutes(30);
    /** Till another one is. */
    static final Duration FIRST_OTHER = Duration.ofMinutes(30);
    static final Duration LAST_OTHER = Duration.ofHours(6);
    /** How often one was looked for is forgotten when he could have been again for so long, unless he has come before. */
    static final Duration FORGOTTEN_AFTER = Duration.ofHours(12);

    private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

    private final KeyBook keys;
    private final AddressBook book;
    private final Function<Octets, CompletionStage<Optional<DhtItem.Mutable>>> records;
    private final Consumer<Swarm.Command> swarm;
    private final LongSupplier nanos;
    /** Who was missing at the look before. */
    private Set<PeerId> missing = Set.of();
    private final Map<PeerId, Rest> resting = new HashMap<>();
    /** Who is missing and was not looked for yet: whoever has been so for longest stands first, so that newcomers keep nobody waiting. */
    private final Set<PeerId> waiting = new LinkedHashSet<>();
    /** Who was looked for: whoever was not for longest stands first. Being connected for a moment changes nothing of that. */
    private final Set<PeerId> lookedFor = new LinkedHashSet<>();
    /** When those of the last hour were begun, the first one first. */
    private final Deque<Long> lookups = new ArrayDeque<>();
    private boolean underWay;

    /** Until when one is not looked for again, and for how long that was. */
    private record Rest(long untilNanos, Duration time) {}

    /**
     * @param book says whose addresses fail
     * @param records looks for the record of the peer with a key: the newest that is signed by it
     * @param swarm knows who is connected, and dials
     * @param nanos a clock that only goes forward
     */
    MovedPeers(KeyBook keys, AddressBook book,
            Function<Octets, CompletionStage<Optional<DhtItem.Mutable>>> records, Consumer<Swarm.Command> swarm,
            LongSupplier nanos) {
        this.keys = keys;
        this.book = book;
        this.records = records;
        this.swarm = swarm;
        this.nanos = nanos;
    }

    /** Looks who is missing, and where one of them is. */
    void look() {
        Set<PeerId> stillThere = book.notLost();
        List<PeerId> all = keys.all().stream().map(KnownKey::peer).toList();
        forget(Set.copyOf(all));
        swarm.accept(new Swarm.FindMissing(all, (notThere, connected) -> next(
                notThere.stream().filter(peer -> keys.isNamed(peer) || !stillThere.contains(peer)).toList(), connected)
                .ifPresent(this::find)));
    }

    /** Whose key is forgotten is not looked for any more. */
    private synchronized void forget(Set<PeerId> allButThese) {
        lookedFor.retainAll(allButThese);
        resting.keySet().retainAll(allButThese);
    }

    /** Who is to be looked for now, if anybody: nobody who may just be about to connect. */
    private synchronized Optional<KnownKey> next(List<PeerId> missingNow, Set<PeerId> connected) {
        Set<PeerId> now = new HashSet<>(missingNow);
        Set<PeerId> before = missing;
        missing = now;
        waiting.retainAll(now);
        missingNow.stream().filter(peer -> !lookedFor.contains(peer)).forEach(waiting::add);
        long time = nanos.getAsLong();
        // Nobody is missing while all places are taken, and that says nothing of where anybody is.
        resting.entrySet().removeIf(rest -> connected.contains(rest.getKey())
                || time - rest.getValue().untilNanos >= FORGOTTEN_AFTER.toNanos());
        lookups.removeIf(begun -> time - begun >= HOUR_NANOS);
        if (underWay || lookups.size() >= MOST) {
            return Optional.empty();
        }
        List<PeerId> turns = Stream.of(waiting, lookedFor).flatMap(Set::stream)
                .filter(peer -> now.contains(peer) && before.contains(peer) && !rests(peer, time)).toList();
        Optional<KnownKey> next = turns.stream().filter(keys::isNamed).findFirst()
                .or(() -> turns.stream().findFirst()).flatMap(keys::of);
        next.ifPresent(key -> {
            underWay = true;
            lookups.add(time);
            rest(key.peer(), time);
            waiting.remove(key.peer());
            lookedFor.remove(key.peer());
            lookedFor.add(key.peer());
        });
        return next;
    }

    private boolean rests(PeerId peer, long time) {
        Rest rest = resting.get(peer);
        return rest != null && time - rest.untilNanos < 0;
    }

    private void rest(PeerId peer, long time) {
        boolean named = keys.isNamed(peer);
        Duration last = named ? LAST_NAMED : LAST_OTHER;
        Rest before = resting.get(peer);
        Duration next = before == null ? (named ? FIRST_NAMED : FIRST_OTHER) : before.time.multipliedBy(2);
        Duration pause = next.compareTo(last) < 0 ? next : last;
        resting.put(peer, new Rest(time + pause.toNanos(), pause));
    }

    private void find(KnownKey key) {
        LOG.debug("peer {} is looked for by its record", key.peer());
        records.apply(key.publicKey()).whenComplete((found, failure) -> {
            ended();
            if (failure == null) {
                found.ifPresent(item -> found(key, item));
            }
        });
    }

    private synchronized void ended() {
        underWay = false;
    }

    /** What was signed is the peer's word, and no more than that. */
    private void found(KnownKey key, DhtItem.Mutable item) {
        Whereabouts record;
        try {
            record = Whereabouts.decode(item.value());
        } catch (FormatException e) {
            LOG.info("peer {} says what makes no sense of where it is: {}", key.peer(), e.getMessage());
            return;
        }
        if (!item.publicKey().equals(key.publicKey()) || !keys.recorded(key.peer(), item.sequence())) {
            LOG.debug("peer {}: a record that is older than another one", key.peer());
            return;
        }
        List<InetSocketAddress> there = record.addresses().stream()
                .filter(address -> !book.isOwn(HostAndPort.of(address.getAddress(), address.getPort()))).toList();
        if (!there.isEmpty()) {
            LOG.info("peer {} says that it is at {}", key.peer(),
                    there.stream().map(address -> HostAndPort.of(address.getAddress(), address.getPort())).toList());
            swarm.accept(new Swarm.Moved(key.peer(), there));
        }
    }
}
