// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.discovery.Alarm;
import org.guixp2p.node.discovery.CompositeDirectory;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.dht.Dht;
import org.guixp2p.node.discovery.dht.DhtSettings;
import org.guixp2p.node.discovery.dht.DhtStatus;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a node finds providers that it is not connected to, and tells others what it has. */
final class Directories implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Directories.class);
    /** What one that is near may take before one that is farther is asked too. */
    private static final Duration HEAD_START = Duration.ofMillis(50);
    private static final Duration STOP_WITHIN = Duration.ofSeconds(1);

    private final Optional<Dht> dht;
    private final ProviderDirectory all;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Directories(Optional<Dht> dht, ProviderDirectory all) {
        this.dht = dht;
        this.all = all;
    }

    /**
     * Opens those that are configured.
     *
     * @param listening where the node accepts peers
     * @param disk where what is learnt is kept
     * @throws IOException in one line for people: an address is in use
     */
    static Directories open(NodeConfig config, List<HostAndPort> listening, ActorSystem<?> system, Dht.Spawner spawner,
            Reputation reputation, Executor disk) throws IOException {
        Alarm alarm = alarm(system);
        List<ProviderDirectory> nearestFirst = new ArrayList<>();
        Optional<DhtSettings> settings = DhtSettings.of(config, listening);
        Optional<Dht> dht = Optional.empty();
        if (settings.isPresent()) {
            dht = Optional.of(Dht.start(settings.get(), system, spawner, disk));
            nearestFirst.add(dht.get().directory(alarm));
        }
        return new Directories(dht, new CompositeDirectory(nearestFirst, HEAD_START, reputation, alarm));
    }

    private static Alarm alarm(ActorSystem<?> system) {
        return (delay, action) -> {
            Cancellable alarm = system.scheduler().scheduleOnce(delay, action, system.executionContext());
            return alarm::cancel;
        };
    }

    /** All of them as one, the near ones first. */
    ProviderDirectory all() {
        return all;
    }

    /** How the DHT of each family is doing; of none when there is none. */
    CompletionStage<List<DhtStatus>> dht() {
        return dht.map(Dht::describe).orElseGet(() -> CompletableFuture.completedFuture(List.of()));
    }

    /** Announces what is offered. */
    OfferWatcher announcing() {
        return new OfferWatcher() {
            @Override
            public void offered(Seeds.Offered nar, long blocks) {
                long times = blocks / new BlockLayout(nar.size()).count();
                all.announce(new ProviderDirectory.Announcement(nar.hash(), nar.size().bytes(),
                        Math.clamp(times, 0, Integer.MAX_VALUE)));
            }

            @Override
            public void withdrawn(NarHash nar) {
                all.withdraw(nar);
            }
        };
    }

    /** Tells and finds nothing more, and keeps what was learnt. */
    @Override
    public void close() throws InterruptedException {
        if (dht.isPresent() && closed.compareAndSet(false, true)) {
            try {
                dht.get().stop().toCompletableFuture().get(STOP_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.warn("dht: it has not ended in time: {}", e.toString());
            }
        }
    }
}
