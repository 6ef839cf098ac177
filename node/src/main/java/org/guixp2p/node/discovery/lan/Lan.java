// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.guixp2p.protocol.swarm.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces this node on the networks nearby, as they come and go, and has it meet whoever is there. Works on threads of its own.
 */
public final class Lan implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lan.class);
    /** How often it is seen whether a network has told more than is kept: what comes meanwhile has place in memory. */
    private static final Duration GLANCE = Duration.ofMillis(250);
    /** How often interfaces are looked at: every so many glances. */
    private static final int GLANCES_UNTIL_LOOK = 8;
    /** After so many looks it is asked again who is there, and those who are there are met again, at their next address. */
    private static final int LOOKS_UNTIL_AGAIN = 15;
    /** Who is met until then: more than a network has, or what one liar may have dialled. */
    static final int MOST_MET = 64;
    /** What goodbyes may take. */
    private static final Duration CLOSE_WITHIN = Duration.ofMillis(700);

    private final PeerId self;
    private final ToIntFunction<InetAddress> ports;
    private final LanPeers peers;
    private final BiConsumer<PeerId, InetSocketAddress> meeting;
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** How many were met since it was last asked who is there. Whoever hears of somebody takes no lock. */
    private final AtomicInteger met = new AtomicInteger();
    // All below by whoever holds the lock.
    private final Map<LanInterface, LanLink> links = new HashMap<>();
    private final Set<LanInterface> failing = new HashSet<>();
    private final List<CompletableFuture<Void>> closing = new ArrayList<>();
    private int looks;
    private long closeUntilNanos;

    private Lan(PeerId self, ToIntFunction<InetAddress> ports, LanPeers peers,
            BiConsumer<PeerId, InetSocketAddress> meet) {
        this.self = self;
        this.ports = ports;
        this.peers = peers;
        this.meeting = meet;
    }

    /**
     * Begins.
     *
     * @param ports the port on which this node accepts peers at an address of its own, or 0 where it is not to be announced
     * @param peers is told who is there
     * @param meet connects to a peer who was just heard of, if it is not connected and there is a place for it
     */
    public static Lan open(PeerId self, ToIntFunction<InetAddress> ports, LanPeers peers,
            BiConsumer<PeerId, InetSocketAddress> meet) {
        Lan lan = new Lan(self, ports, peers, meet);
        peers.listen(lan::meet);
        Thread.ofVirtual().name("lan").start(lan::run);
        return lan;
    }

    private void run() {
        try {
            int glances = 0;
            do {
                safely(glances++ % GLANCES_UNTIL_LOOK == 0 ? this::look : this::glance);
            } while (!stopped.await(GLANCE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void safely(Runnable look) {
        try {
            look.run();
        } catch (RuntimeException e) {
            LOG.warn("looking at the networks nearby: {}", e.toString());
        }
    }

    private synchronized void glance() {
        leave(there -> false);
    }

    private synchronized void look() {
        Set<LanInterface> up = interfaces();
        leave(there -> !up.contains(there));
        closing.removeIf(CompletableFuture::isDone);
        failing.retainAll(up);
        up.forEach(this::join);
        if (++looks % LOOKS_UNTIL_AGAIN == 0) {
            links.values().forEach(LanLink::lookAgain);
            meetAgain(looks / LOOKS_UNTIL_AGAIN);
        }
    }

    /** Leaves networks that are gone or of no use any more. */
    private void leave(Predicate<LanInterface> gone) {
        links.entrySet().removeIf(link -> {
            boolean left = gone.test(link.getKey()) || link.getValue().isBroken();
            if (left) {
                LOG.info("{} is left", link.getKey());
                closing.add(link.getValue().close().toCompletableFuture());
            }
            return left;
        });
    }

    /** Those who are there, in random order: of more than are met at a time each has its turn. */
    void meetAgain(int round) {
        met.set(0);
        List<Map.Entry<PeerId, List<InetSocketAddress>>> all = new ArrayList<>(peers.all().entrySet());
        Collections.shuffle(all);
        all.forEach(peer -> meet(peer.getKey(), peer.getValue().get(round % peer.getValue().size())));
    }

    private void meet(PeerId peer, InetSocketAddress address) {
        if (met.incrementAndGet() <= MOST_MET) {
            meeting.accept(peer, address);
        }
    }

    private Set<LanInterface> interfaces() {
        try {
            return new HashSet<>(LanInterface.up(address -> ports.applyAsInt(address) != 0));
        } catch (SocketException e) {
            LOG.debug("interfaces cannot be listed: {}", e.getMessage());
            return Set.copyOf(links.keySet());
        }
    }

    private void join(LanInterface there) {
        if (links.containsKey(there) || stopped.getCount() == 0) {
            return;
        }
        try {
            links.put(there, new LanLink(there, self, ports.applyAsInt(there.address()), peers));
            failing.remove(there);
            LOG.info("peers are looked for from {}", there);
        } catch (IOException | RuntimeException e) {
            // It is tried again at each look; said once is enough.
            if (failing.add(there)) {
                LOG.warn("peers cannot be looked for from {}: {}", there, e.getMessage());
            }
        }
    }

    /** Begins to say goodbye, and hears of nobody any more. */
    public synchronized void stop() {
        if (stopped.getCount() > 0) {
            stopped.countDown();
            closeUntilNanos = System.nanoTime() + CLOSE_WITHIN.toNanos();
            links.values().forEach(link -> closing.add(link.close().toCompletableFuture()));
            links.clear();
        }
    }

    /** The same; returns when all have been told, or after a moment. */
    @Override
    public void close() {
        List<CompletableFuture<Void>> left;
        long until;
        stop();
        synchronized (this) {
            left = List.copyOf(closing);
            until = closeUntilNanos;
        }
        try {
            CompletableFuture.allOf(left.toArray(CompletableFuture[]::new))
                    .get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("not everybody on the networks nearby heard our goodbye");
        }
    }
}
