// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Keys of peers to whom this node has connected, or whom its user named: a peer id is the hash of a key, and a peer's record is found by
 * the key alone. Answers at once, from memory, on any thread.
 */
public final class KeyBook {
    /** How many there may be, besides those of peers that the user named. */
    public static final int CAPACITY = 1024;
    /** Of one network that is not local, likewise: whoever has one makes as many keys as he likes. */
    static final int MOST_OF_A_NETWORK = AddressBook.MOST_OF_A_NETWORK;
    /** The user may have named as many; more are kept like those of others. */
    static final int MOST_NAMED = 1024;
    /** What was not shown for that long is forgotten, unless the user named the peer. */
    static final Duration OLD_AFTER = AddressBook.OLD_AFTER;

    private final InstantSource clock;
    private final Set<PeerId> named;
    private final Map<PeerId, KnownKey> known = new HashMap<>();
    private long changes;

    /**
     * One that goes on from what was kept.
     *
     * @param clock of what is remembered across restarts
     * @param named whose keys are kept however long nobody shows them
     */
    public KeyBook(InstantSource clock, Collection<KnownKey> kept, Collection<PeerId> named) {
        this.clock = clock;
        this.named = Set.copyOf(named.stream().distinct().limit(MOST_NAMED).toList());
        long now = now();
        for (KnownKey key : kept) {
            // After a clock was set back it would be the newest for ever.
            known.put(key.peer(),
                    new KnownKey(key.publicKey(), key.host(), Math.min(now, key.lastSeconds()), key.sequence()));
        }
        prune(now);
    }

    private long now() {
        return Math.max(0, clock.instant().getEpochSecond());
    }

    /**
     * A peer has shown its key.
     *
     * @param host where
     * @param dialled whether this node has connected to it; of those who came themselves there are as many as somebody likes, and of
     *         these only those are remembered whom the user named, or whose key is known
     */
    public synchronized void shown(Octets publicKey, InetAddress host, boolean dialled) {
        PeerId peer = PeerId.ofPublicKey(publicKey.bytes());
        if (!dialled && !named.contains(peer) && !known.containsKey(peer)) {
            return;
        }
        long now = now();
        KnownKey before = known.get(peer);
        known.put(peer, new KnownKey(publicKey, host, now, before == null ? KnownKey.NONE : before.sequence()));
        changes++;
        prune(now);
    }

    /**
     * A record of a peer was found.
     *
     * @return whether it is as new as any that was seen before, or newer; of a peer whose key is not known none is
     */
    public synchronized boolean recorded(PeerId peer, long sequence) {
        KnownKey before = known.get(peer);
        if (before == null || sequence < before.sequence()) {
            return false;
        }
        if (sequence > before.sequence()) {
            known.put(peer, new KnownKey(before.publicKey(), before.host(), before.lastSeconds(), sequence));
            changes++;
        }
        return true;
    }

    /** Of those that are too many the ones go that were not shown for longest. */
    private void prune(long now) {
        Map<AddressGroup, Integer> ofNetworks = new HashMap<>();
        int others = 0;
        for (KnownKey key : all()) {
            if (named.contains(key.peer())) {
                continue;
            }
            boolean isTooMany = !AddressGroup.isLocal(key.host())
                    && ofNetworks.merge(AddressGroup.network(key.host()), 1, Integer::sum) > MOST_OF_A_NETWORK;
            if (isTooMany || others >= CAPACITY || now - key.lastSeconds() > OLD_AFTER.toSeconds()) {
                known.remove(key.peer());
            } else {
                others++;
            }
        }
    }

    /** The key of a peer, if it is known. */
    public synchronized Optional<KnownKey> of(PeerId peer) {
        return Optional.ofNullable(known.get(peer));
    }

    /** Whether the user named a peer. */
    public boolean isNamed(PeerId peer) {
        return named.contains(peer);
    }

    /** All of them: first those of peers that the user named, then those that were shown last. */
    public synchronized List<KnownKey> all() {
        return known.values().stream().sorted(Comparator
                .<KnownKey, Boolean>comparing(key -> !named.contains(key.peer()))
                .thenComparing(Comparator.comparingLong(KnownKey::lastSeconds).reversed())).toList();
    }

    /** How often something has changed that is to be kept. */
    synchronized long changes() {
        return changes;
    }
}
