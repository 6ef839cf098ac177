// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.hash.NixBase32;

/**
 * What each client has, within {@link GatewaySettings}. A client is an IPv4 address, or a network of IPv6 that is one site's (64
 * bits). Safe for several threads.
 */
final class Clients {
    private static final int REMEMBERED = 4096;
    private static final int SITE_BYTES = 8;
    private static final double NANOS = 1e9;

    private final GatewaySettings settings;
    private final LongSupplier nanoTime;
    /** The one that came longest ago first. */
    private final LinkedHashMap<String, Client> clients = new LinkedHashMap<>(16, 0.75f, true);
    private int connections;
    private int nars;

    /** One of them. */
    final class Client {
        private int connections;
        private int nars;
        /** What it may have others asked about at once; less than none, when some wait for their turn. */
        private double lookups = settings.lookups();
        private long filled = nanoTime.getAsLong();

        /** Takes one lookup, and says when it is this client's turn; nothing when that is not {@code within} some time. */
        Optional<Duration> mayAskAfter(Duration within) {
            synchronized (Clients.this) {
                long now = nanoTime.getAsLong();
                lookups = Math.min(settings.lookups(),
                        lookups + (now - filled) / NANOS * settings.lookupsPerSecond());
                filled = now;
                double seconds = lookups >= 1 ? 0 : (1 - lookups) / settings.lookupsPerSecond();
                if (seconds * NANOS > within.toNanos()) {
                    return Optional.empty();
                }
                lookups--;
                return Optional.of(Duration.ofNanos((long) (seconds * NANOS)));
            }
        }

        /** Takes a place for a NAR, if there is one. */
        boolean beginNar() {
            synchronized (Clients.this) {
                boolean room = nars < settings.narsOfClient() && Clients.this.nars < settings.nars();
                if (room) {
                    nars++;
                    Clients.this.nars++;
                }
                return room;
            }
        }

        /** Gives that place back. */
        void endNar() {
            synchronized (Clients.this) {
                nars--;
                Clients.this.nars--;
            }
        }

        /** Takes a place for a connection, if there is one. */
        boolean connect() {
            synchronized (Clients.this) {
                boolean room = connections < settings.connectionsOfClient()
                        && Clients.this.connections < settings.connections();
                if (room) {
                    connections++;
                    Clients.this.connections++;
                }
                return room;
            }
        }

        /** Gives that place back. */
        void disconnect() {
            synchronized (Clients.this) {
                connections--;
                Clients.this.connections--;
            }
        }

        private boolean isIdle() {
            return connections == 0 && nars == 0;
        }
    }

    Clients(GatewaySettings settings, LongSupplier nanoTime) {
        this.settings = settings;
        this.nanoTime = nanoTime;
    }

    /** Who it is. */
    synchronized Client of(InetAddress address) {
        Client client = clients.computeIfAbsent(name(address), name -> new Client());
        for (Iterator<Client> oldest = clients.values().iterator(); clients.size() > REMEMBERED && oldest.hasNext();) {
            if (oldest.next().isIdle()) {
                oldest.remove();
            }
        }
        return client;
    }

    private static String name(InetAddress address) {
        byte[] bytes = address.getAddress();
        return NixBase32.encode(bytes.length > SITE_BYTES ? Arrays.copyOf(bytes, SITE_BYTES) : bytes);
    }
}
