// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.dht.Whereabouts;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Says in the DHT, signed by this node's key, where the node is, so that those who knew it find it when it is elsewhere
 * (docs/wire-protocol.md, "Where a peer says that it is"). Blocks; for use on any thread.
 */
public final class RecordPublisher {
    private final Dht dht;
    private final PrivateKey key;
    private final Octets publicKey;
    private final RecordNumber number;
    private Optional<Whereabouts> published = Optional.empty();

    /**
     * @param key this node's
     * @param publicKey its raw public half
     * @param directory where the record's number is kept
     * @param clock of what is remembered across restarts
     */
    public RecordPublisher(Dht dht, PrivateKey key, Octets publicKey, Path directory, InstantSource clock) {
        this.dht = dht;
        this.key = key;
        this.publicKey = publicKey;
        this.number = new RecordNumber(directory, clock);
    }

    /**
     * This is how the node is by now: what it says changes with that.
     *
     * @param families how its DHT is doing
     * @param external where others connect to it, as the user or a router says
     * @param isReached whether peers elsewhere are known to get through
     */
    public synchronized void look(Collection<DhtStatus> families, Collection<HostAndPort> external,
            Predicate<AddressFamily> isReached) {
        Optional<Whereabouts> now = record(families, external, isReached);
        if (!now.equals(published)) {
            published = now;
            publish();
        }
    }

    /** Somebody keeps a record with a higher number, as when this node's state was lost while its clock was wrong. */
    private synchronized void newer(long sequence) {
        // The networks of both families may say so.
        if (number.atLeast(sequence)) {
            publish();
        }
    }

    private void publish() {
        // The DHT's actors do not wait for the disk.
        dht.own(published.map(this::signed), sequence -> Thread.ofVirtual().start(() -> newer(sequence)));
    }

    private DhtItem.Mutable signed(Whereabouts record) {
        try {
            return record.signed(key, publicKey, number.next());
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("an identity is an Ed25519 key", e);
        }
    }

    /** Of the families in which others reach the node, as they have shown, or as is said by where they do; nothing when there are none. */
    static Optional<Whereabouts> record(Collection<DhtStatus> families, Collection<HostAndPort> external,
            Predicate<AddressFamily> isReached) {
        List<InetSocketAddress> all = new ArrayList<>();
        for (DhtStatus status : families) {
            Set<InetSocketAddress> addresses = external.stream().flatMap(address -> literal(address).stream())
                    .filter(address -> AddressFamily.of(address.getAddress()) == status.family())
                    .filter(Whereabouts::mayName).collect(Collectors.toCollection(LinkedHashSet::new));
            if (!status.readOnly() && (isReached.test(status.family()) || !addresses.isEmpty())) {
                status.seenAt().map(seen -> new InetSocketAddress(seen, status.port())).filter(Whereabouts::mayName)
                        .ifPresent(addresses::add);
                addresses.stream().limit(Whereabouts.MOST).forEach(all::add);
            }
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(new Whereabouts(all));
    }

    /** Names may lead elsewhere tomorrow, and whoever looks here asks no name server. */
    private static Optional<InetSocketAddress> literal(HostAndPort address) {
        try {
            return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(address.host()), address.port()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
