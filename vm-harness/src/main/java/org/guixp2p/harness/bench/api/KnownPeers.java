// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.api;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.AddressFile;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.persistence.reputation.ReputationStore;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * What a node has in its state directory of peers that it has met: the journal of what they did, and the addresses at which they have
 * answered, written by what writes them in a node. The addresses are of 240.0.0.0/4 (RFC 1112, section 4), and lead nowhere.
 */
final class KnownPeers {
    /** What waits for the disk at once; each peer has two events of it, and 8,192 may wait. */
    private static final int PEERS_AT_ONCE = 4000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int FIRST_ADDRESS = 240 << 24;
    /** Of one network no more than a few are kept. */
    private static final int ADDRESSES_APART = 64;
    private static final int PORT = 7411;
    private static final Transfer WENT_WELL = new Transfer(10 << 20, 2_000, 40, 30, 0, 0);

    private final Path state;
    private final long seed;

    /** @param state the state directory, which no node uses */
    KnownPeers(Path state, long seed) {
        this.state = state;
        this.seed = seed;
    }

    /**
     * Writes so many.
     *
     * @return how many addresses are kept of them
     */
    int write(int count) throws IOException, InterruptedException {
        AddressBook book = new AddressBook(InstantSource.system());
        for (int done = 0; done < count; done += PEERS_AT_ONCE) {
            journal(done, Math.min(count, done + PEERS_AT_ONCE), book);
        }
        new AddressFile(state).save(book);
        return book.size();
    }

    private void journal(int from, int to, AddressBook book) throws IOException, InterruptedException {
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "known-peers",
                ConfigFactory.parseResources("node-actors.conf").withFallback(ConfigFactory.load()));
        try {
            ReputationStore store = ReputationStore.open(system, state, InstantSource.system(), new Random(seed));
            Reputation reputation = store.reputation();
            for (int number = from; number < to; number++) {
                PeerId peer = peer(number);
                reputation.connected(peer);
                reputation.transferred(peer, WENT_WELL);
                book.worked(peer, address(number));
            }
            var _ = store.close().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("what is known of peers is not written: " + e, e);
        } finally {
            system.terminate();
            var _ = system.getWhenTerminated().toCompletableFuture().join();
        }
    }

    private static PeerId peer(int number) {
        return PeerId.ofPublicKey(ByteBuffer.allocate(PeerId.KEY_BYTES).putInt(number).array());
    }

    private static InetSocketAddress address(int number) throws IOException {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt(FIRST_ADDRESS + number * ADDRESSES_APART + 1).array();
        return new InetSocketAddress(InetAddress.getByAddress(bytes), PORT);
    }
}
