// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.discovery.dht.Dht;
import org.guixp2p.node.discovery.dht.DhtStatus;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.AddressFile;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.persistence.addresses.KeyFile;
import org.guixp2p.protocol.dht.Whereabouts;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps where peers have answered, and finds back to them: at the start, and whenever there are few of them. */
final class RememberedPeers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RememberedPeers.class);
    private static final Duration LOOK = Duration.ofMinutes(1);
    /** Offered at a look: the swarm dials the first of those that are not connected, and were not in vain lately. */
    static final int OFFERED = 256;
    /** By which the DHT is joined, besides others. */
    private static final int ROUTERS = 8;

    private final AddressFile file;
    private final AddressBook book;
    private final KeyFile keyFile;
    private final KeyBook keys;
    private final Predicate<InetAddress> talkedTo;

    private RememberedPeers(AddressFile file, AddressBook book, KeyFile keyFile, KeyBook keys,
            Predicate<InetAddress> talkedTo) {
        this.file = file;
        this.book = book;
        this.keyFile = keyFile;
        this.keys = keys;
        this.talkedTo = talkedTo;
    }

    /** Reads what was kept; blocks for a moment. */
    static RememberedPeers open(NodeConfig config, InstantSource clock) {
        AddressFile file = new AddressFile(config.files().stateDir());
        KeyFile keyFile = new KeyFile(config.files().stateDir());
        NodeConfig.Network network = config.network();
        Share share = config.seeding().share();
        return new RememberedPeers(file,
                file.load(clock, Stream.concat(network.external().stream(), network.listen().stream()).toList()),
                keyFile, keyFile.load(clock, network.bootstrap().stream().map(PeerAddress::id).toList()),
                address -> share == Share.WORLD || (share == Share.LAN && AddressGroup.isLocal(address)));
    }

    /** What the swarm learns is told to it. */
    AddressBook book() {
        return book;
    }

    /** And by which keys those are to be found who are elsewhere by now. */
    KeyBook keys() {
        return keys;
    }

    /** Where the most promising are. */
    List<HostAndPort> routers() {
        return book.best(talkedTo, ROUTERS).stream().map(known -> known.address().endpoint()).toList();
    }

    /**
     * Dials those who did best, and looks again from time to time; and where those are by now who answer no more.
     *
     * @param dht where these say it, if it is used
     * @param disk where the books are written
     */
    void begin(ActorRef<Swarm.Command> swarm, ActorSystem<?> system, Executor disk, Optional<Dht> dht) {
        meet(swarm);
        var _ = system.scheduler().scheduleWithFixedDelay(LOOK, LOOK, () -> disk.execute(() -> {
            meet(swarm);
            save();
        }), system.executionContext());
        dht.ifPresent(known -> findMoved(swarm, system, known));
    }

    private void findMoved(ActorRef<Swarm.Command> swarm, ActorSystem<?> system, Dht dht) {
        MovedPeers moved = new MovedPeers(keys, book, key -> dht.find(key, Whereabouts.SALT), swarm::tell,
                System::nanoTime);
        var _ = system.scheduler().scheduleWithFixedDelay(MovedPeers.LOOK, MovedPeers.LOOK,
                () -> dht.describe().thenAccept(families -> {
                    // Without anybody to ask nobody is found, and all would rest for long.
                    if (!families.stream().allMatch(DhtStatus::isAlone)) {
                        moved.look();
                    }
                }), system.executionContext());
    }

    private void meet(ActorRef<Swarm.Command> swarm) {
        book.best(talkedTo, OFFERED).forEach(
                known -> swarm.tell(new Swarm.Neighbour(known.address().id(), known.socket(),
                        Swarm.Neighbour.Source.REMEMBERED)));
    }

    private synchronized void save() {
        try {
            file.save(book);
            keyFile.save(keys);
        } catch (IOException e) {
            LOG.warn("where peers are could not be written: {}", e.getMessage());
        }
    }

    /** Writes what is known. */
    @Override
    public void close() {
        save();
    }
}
