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
     */
    public synchronized void look(Collection<DhtStatus> families, Collection<HostAndPort> external) {
        Optional<Whereabouts> now = record(families, external);
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

    /** What is said now, if anything. */
    public synchronized Optional<Whereabouts> published() {
        return published;
    }

    /** Of the families in which others reach the node; nothing when it is nowhere in the world. */
    static Optional<Whereabouts> record(Collection<DhtStatus> families, Collection<HostAndPort> external) {
        List<InetSocketAddress> all = new ArrayList<>();
        for (DhtStatus status : families) {
            if (!status.readOnly()) {
                Set<InetSocketAddress> addresses = new LinkedHashSet<>();
                external.stream().flatMap(address -> literal(address).stream())
                        .filter(address -> AddressFamily.of(address.getAddress()) == status.family())
                        .forEach(addresses::add);
                status.seenAt().ifPresent(seen -> addresses.add(new InetSocketAddress(seen, status.port())));
                addresses.stream().filter(Whereabouts::mayName).limit(Whereabouts.MOST).forEach(all::add);
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
