// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells on the networks nearby what this node is, and hears of others, as these networks come and go. Works on threads of its own.
 */
public final class Lan implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lan.class);
    /** How often it is seen whether a network has told more than is kept: what comes meanwhile has place in memory. */
    private static final Duration GLANCE = Duration.ofMillis(250);
    /** How often interfaces are looked at: every so many glances. */
    private static final int GLANCES_UNTIL_LOOK = 8;
    /** After so many looks it is asked again who is there. */
    private static final int LOOKS_UNTIL_AGAIN = 15;
    /** What goodbyes may take. */
    private static final Duration CLOSE_WITHIN = Duration.ofMillis(700);

    private final String node;
    private final List<LanService> services;
    private final CountDownLatch stopped = new CountDownLatch(1);
    // All below by whoever holds the lock.
    private final Map<LanInterface, LanLink> links = new HashMap<>();
    private final Set<LanInterface> failing = new HashSet<>();
    private final List<CompletableFuture<Void>> closing = new ArrayList<>();
    private int looks;
    private long closeUntilNanos;

    private Lan(String node, List<LanService> services) {
        this.node = node;
        this.services = new CopyOnWriteArrayList<>(services);
    }

    /**
     * Begins.
     *
     * @param node stands for this node in names, of letters, digits and hyphens, 32 at most
     * @param services all share what is open for a network
     */
    public static Lan open(String node, List<LanService> services) {
        Lan lan = new Lan(node, services);
        Thread.ofVirtual().name("lan").start(lan::run);
        return lan;
    }

    /** Tells or hears one thing more. */
    public void add(LanService service) {
        services.add(service);
        Thread.ofVirtual().name("lan-look").start(() -> safely(this::look));
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
        Map<LanInterface, List<LanService>> up = interfaces();
        leave(there -> !up.containsKey(there));
        closing.removeIf(CompletableFuture::isDone);
        failing.retainAll(up.keySet());
        up.forEach(this::join);
        if (++looks % LOOKS_UNTIL_AGAIN == 0) {
            links.values().forEach(LanLink::lookAgain);
            services.forEach(service -> service.hearing()
                    .ifPresent(hearing -> hearing.lookAgain(looks / LOOKS_UNTIL_AGAIN)));
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

    /** With what is of use there. When they cannot be listed all stay as they are. */
    private Map<LanInterface, List<LanService>> interfaces() {
        try {
            return LanInterface.up(services, LanService::isUsedAt);
        } catch (SocketException e) {
            LOG.debug("interfaces cannot be listed: {}", e.getMessage());
            return links.keySet().stream().collect(Collectors.toMap(there -> there, there -> List.of()));
        }
    }

    private void join(LanInterface there, List<LanService> useful) {
        if (stopped.getCount() == 0) {
            return;
        }
        LanLink link = links.get(there);
        try {
            if (link == null) {
                links.put(there, new LanLink(there, node, useful));
                LOG.info("others are looked for from {}", there);
            } else {
                link.begin(useful);
            }
            failing.remove(there);
        } catch (IOException | RuntimeException e) {
            // It is tried again at each look; said once is enough.
            if (failing.add(there)) {
                LOG.warn("others cannot be looked for from {}: {}", there, e.getMessage());
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
