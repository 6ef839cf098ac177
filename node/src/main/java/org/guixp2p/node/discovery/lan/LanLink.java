// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import javax.jmdns.impl.JmDNSImpl;
import org.guixp2p.protocol.swarm.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node on one network nearby: is announced there, and hears of others, until it is closed. */
final class LanLink {
    static final String TYPE = "_guix-p2p._tcp.local.";
    /** JmDNS keeps whatever it hears: beyond so many records and types of services it begins anew. */
    static final int MOST_KEPT = 8192;

    private static final Logger LOG = LoggerFactory.getLogger(LanLink.class);
    /** Of the peer's id: enough to tell peers of one network apart. */
    private static final int NAME_DIGITS = 20;

    private final LanInterface there;
    private final LanPeers peers;
    private final JmDNS dns;
    private final ServiceListener listener = new Heard();
    private volatile boolean broken;
    private boolean closed;

    /**
     * Opens it; what follows happens on JmDNS's threads.
     *
     * @param port where this node accepts connections, at the address {@code there}
     */
    LanLink(LanInterface there, PeerId self, int port, LanPeers peers) throws IOException {
        this.there = there;
        this.peers = peers;
        // One name for each address: the announcements of one node must not contradict each other.
        String family = there.address().getAddress().length == 4 ? "-4" : "-6";
        String name = self.toString().substring(0, NAME_DIGITS) + "-" + there.index() + family;
        this.dns = JmDNS.create(there.address(), name);
        try {
            dns.setDelegate((lost, services) -> broken = true);
            peers.look();
            dns.addServiceListener(TYPE, listener);
            dns.registerService(ServiceInfo.create(TYPE, name, port, 0, 0, LanAnnouncement.text(self)));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private final class Heard implements ServiceListener {
        @Override
        public void serviceAdded(ServiceEvent event) {
            // Told again once its address is known.
        }

        @Override
        public void serviceRemoved(ServiceEvent event) {
            peers.remove(source(event));
        }

        @Override
        public void serviceResolved(ServiceEvent event) {
            ServiceInfo info = event.getInfo();
            if (info.getTextBytes().length > LanAnnouncement.MOST_TEXT) {
                return;
            }
            List<InetAddress> addresses = new ArrayList<>(List.of(info.getInet4Addresses()));
            addresses.addAll(List.of(info.getInet6Addresses()));
            LanAnnouncement.of(info.getPropertyString("v"), info.getPropertyString("id"), info.getPort(), addresses,
                    there).ifPresent(announcement -> heard(source(event), announcement));
        }

        private LanPeers.Source source(ServiceEvent event) {
            return new LanPeers.Source(there, event.getName());
        }
    }

    private synchronized void heard(LanPeers.Source source, LanAnnouncement announcement) {
        if (!closed) {
            peers.add(source, announcement);
        }
    }

    /** Asks again who is there: an answer may have been lost. */
    void lookAgain() {
        dns.removeServiceListener(TYPE, listener);
        dns.addServiceListener(TYPE, listener);
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
        peers.removeAll(there);
    }
}
