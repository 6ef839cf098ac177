// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.io.IOException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import javax.jmdns.impl.JmDNSImpl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node on one network nearby: tells there what it is, and hears of others, until it is closed. */
final class LanLink {
    /** JmDNS keeps whatever it hears: beyond so many records and types of services it begins anew. */
    static final int MOST_KEPT = 8192;

    private static final Logger LOG = LoggerFactory.getLogger(LanLink.class);

    private final LanInterface there;
    private final JmDNS dns;
    private final String name;
    // By whoever opens it and looks at it.
    private final Set<LanService> heard = new HashSet<>();
    private final Set<LanService> told = new HashSet<>();
    private final List<Heard> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean broken;
    private boolean closed;

    /**
     * Opens it; what follows happens on JmDNS's threads.
     *
     * @param node stands for this node
     * @param services those that are of use there
     */
    LanLink(LanInterface there, String node, List<LanService> services) throws IOException {
        this.there = there;
        this.name = name(there, node);
        this.dns = JmDNS.create(there.address(), name);
        try {
            dns.setDelegate((lost, infos) -> broken = true);
            begin(services);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * One name for each address: the announcements of one node must not contradict each other. An interface has one address of IPv6 that
     * is used, and may have several of IPv4, each for other services.
     */
    static String name(LanInterface there, String node) {
        byte[] address = there.address().getAddress();
        return node + "-" + there.index() + "-" + (address.length == 4 ? HexFormat.of().formatHex(address) : "6");
    }

    /** Begins what is not begun yet. What fails is tried again the next time. */
    void begin(List<LanService> services) throws IOException {
        for (LanService service : services) {
            if (!heard.contains(service)) {
                service.hearing().ifPresent(hearing -> listen(service.type(), hearing));
                heard.add(service);
            }
        }
        for (LanService service : services) {
            if (!told.contains(service)) {
                Optional<ServiceInfo> announcement = service.announcement(there, name);
                if (announcement.isPresent()) {
                    dns.registerService(announcement.get());
                }
                told.add(service);
            }
        }
    }

    private void listen(String type, LanService.Hearing hearing) {
        hearing.look();
        Heard listener = new Heard(type, hearing);
        listeners.add(listener);
        dns.addServiceListener(type, listener);
    }

    private final class Heard implements ServiceListener {
        private final String type;
        private final LanService.Hearing hearing;

        Heard(String type, LanService.Hearing hearing) {
            this.type = type;
            this.hearing = hearing;
        }

        @Override
        public void serviceAdded(ServiceEvent event) {
            // Told again once its address is known.
        }

        @Override
        public void serviceRemoved(ServiceEvent event) {
            hearing.left(source(event));
        }

        @Override
        public void serviceResolved(ServiceEvent event) {
            LanPeers.Source source = source(event);
            synchronized (LanLink.this) {
                if (!closed) {
                    hearing.heard(source, event.getInfo());
                }
            }
        }

        private LanPeers.Source source(ServiceEvent event) {
            return new LanPeers.Source(there, event.getName());
        }
    }

    /** Asks again who is there: an answer may have been lost. */
    void lookAgain() {
        listeners.forEach(listener -> {
            dns.removeServiceListener(listener.type, listener);
            dns.addServiceListener(listener.type, listener);
        });
    }

    /** Whether it is of no use any more, and another one is to take its place. */
    boolean isBroken() {
        return broken || (dns instanceof JmDNSImpl own && isFull(own));
    }

    /** Records go when their time is over; types and their subtypes stay for ever. */
    static boolean isFull(JmDNSImpl dns) {
        long types = dns.getServiceTypes().values().stream().mapToLong(type -> 1L + type.size()).sum();
        return types + dns.getCache().allValues().size() > MOST_KEPT;
    }

    /** Says goodbye and hears of nobody any more; completes when all of that is done, which takes seconds. */
    CompletionStage<Void> close() {
        forget();
        CompletableFuture<Void> gone = new CompletableFuture<>();
        Thread.ofVirtual().name("lan-close").start(() -> {
            try {
                dns.close();
            } catch (IOException | RuntimeException e) {
                LOG.debug("leaving {}: {}", there, e.toString());
            }
            gone.complete(null);
        });
        return gone;
    }

    /** Another link may take its place while this one still says goodbye. */
    private synchronized void forget() {
        closed = true;
        listeners.forEach(listener -> listener.hearing.leftAll(there));
    }
}
