// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * The substitute servers that were heard of on networks nearby and have not been heard to leave, within bounds. Safe for several
 * threads.
 */
public final class LanServers {
    /** How many there may be: whoever is there already stays, so that nobody can push others out. */
    static final int MOST = 16;
    /** At one address. */
    static final int MOST_OF_A_MACHINE = 2;
    /** One server may be heard of under several names, and on several networks. */
    static final int MOST_NAMES = 4;
    /** How many may come in a while: whoever comes and goes all the time does not do so without end. */
    static final int MOST_NEW = 64;
    static final Duration WHILE = Duration.ofMinutes(1);

    private final Watcher watcher;
    private final LongSupplier nanos;
    /** In the order in which they were heard of. */
    private final Map<LanPeers.Source, LanServer> heard = new LinkedHashMap<>();
    private long begun;
    private int came;

    /** Hears who comes and goes; it does not block, and does not ask back. */
    public interface Watcher {
        /** A server is there that was not. */
        void appeared(ServerUrl server);

        /** A server is there no more. */
        void disappeared(ServerUrl server);
    }

    /** @param nanos a clock as {@link System#nanoTime} */
    public LanServers(Watcher watcher, LongSupplier nanos) {
        this.watcher = watcher;
        this.nanos = nanos;
        this.begun = nanos.getAsLong();
    }

    /** A server is said to be there. */
    synchronized void add(LanPeers.Source source, LanServer server) {
        LanServer before = heard.get(source);
        if (before != null && before.url().equals(server.url())) {
            return;
        }
        // A name stands for one server at a time.
        remove(source);
        long names = heard.values().stream().filter(other -> other.url().equals(server.url())).count();
        if (names > 0) {
            if (names < MOST_NAMES) {
                heard.put(source, server);
            }
        } else if (isRoomFor(server)) {
            heard.put(source, server);
            watcher.appeared(server.url());
        }
    }

    private boolean isRoomFor(LanServer server) {
        AddressGroup machine = AddressGroup.machine(server.address());
        long ofMachine = heard.values().stream().filter(other -> AddressGroup.machine(other.address()).equals(machine))
                .map(LanServer::url).distinct().count();
        if (ofMachine >= MOST_OF_A_MACHINE || heard.values().stream().map(LanServer::url).distinct().count() >= MOST) {
            return false;
        }
        long now = nanos.getAsLong();
        if (now - begun >= WHILE.toNanos()) {
            begun = now;
            came = 0;
        }
        return ++came <= MOST_NEW;
    }

    /** Whoever was heard of there, under that name, has left. */
    synchronized void remove(LanPeers.Source source) {
        removeIf(source::equals);
    }

    /** Nothing is heard there any more. */
    synchronized void removeAll(LanInterface heardAt) {
        removeIf(source -> source.heardAt().equals(heardAt));
    }

    private void removeIf(Predicate<LanPeers.Source> gone) {
        Map<LanPeers.Source, LanServer> left = new LinkedHashMap<>(heard);
        left.keySet().removeIf(gone.negate());
        heard.keySet().removeAll(left.keySet());
        left.values().stream().map(LanServer::url).distinct()
                .filter(url -> heard.values().stream().noneMatch(other -> other.url().equals(url)))
                .forEach(watcher::disappeared);
    }
}
