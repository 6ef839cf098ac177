// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.swarm.HostAndPort;

/** DHT nodes on this machine's own addresses, with real sockets, that join by the first of them. */
public final class LoopbackDht implements AutoCloseable {
    /** So that a test need not wait for the budget. */
    private static final int RATE = 10_000;

    private static final long MEMORY = 4L << 20;

    final ActorTestKit kit = ActorTestKit.create();
    private final ExecutorService disk = Executors.newSingleThreadExecutor();
    private final Path directory;
    private final List<Dht> all = new ArrayList<>();
    private List<HostAndPort> routers = List.of();
    private int count;

    /** @param directory where the nodes keep what they know */
    public LoopbackDht(Path directory) {
        this.directory = directory;
    }

    /**
     * One more, as soon as the one before is known where it joins: who joins at the same time as others hears of them seconds
     * later.
     *
     * @param host an address
     * @param port that it announces
     */
    public Dht add(String host, int port) throws IOException {
        if (!all.isEmpty()) {
            int known = Math.min(all.size() - 1, Bucket.SIZE);
            Eventually.holds(() -> status(first()).nodes() >= known, () -> known + " known: " + status(first()));
        }
        return add(new DhtSettings(IdRule.PREFERRED, List.of(new HostAndPort(host, 0)), routers, List.of(),
                List.of(new HostAndPort(host, port)), RATE, directory.resolve("" + count++)));
    }

    /** One more, however it is to be; the first one is who others join by. */
    Dht add(DhtSettings settings) throws IOException {
        Dht dht = Dht.start(settings, MEMORY, kit.system(), (actor, name) -> kit.spawn(actor), disk);
        all.add(dht);
        if (routers.isEmpty()) {
            routers = dht.listening();
        }
        return dht;
    }

    /** The one by which others join. */
    public Dht first() {
        return all.getFirst();
    }

    /** How a node of one family is. */
    public static DhtStatus status(Dht dht) {
        return Eventually.get(dht.describe()).getFirst();
    }

    /** Waits until all know each other, or as many as may well be. */
    public void settle() {
        int known = Math.min(all.size() - 1, Bucket.SIZE);
        all.forEach(dht -> Eventually.holds(
                () -> status(dht).nodes() >= known && (known == 0 || !status(dht).isAlone()),
                () -> "to know " + known + " nodes: " + status(dht)));
    }

    /** Waits until others keep so many announcements of a node. */
    public static void announced(Dht dht, int keys) {
        Eventually.holds(() -> status(dht).announced() == keys, () -> keys + " announced: " + status(dht));
    }

    @Override
    public void close() {
        all.forEach(Dht::close);
        kit.shutdownTestKit();
        disk.shutdown();
    }
}
