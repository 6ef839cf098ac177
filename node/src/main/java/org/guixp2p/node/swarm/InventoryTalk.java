// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Consumer;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.discovery.InventoryLog;
import org.guixp2p.node.discovery.NarFilter;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Tells one peer what this node has, a frame at a time, so that a slow reader has little waiting; and keeps what the peer tells. One
 * that tells more than an honest one could is found out. Part of the {@link PeerSession} actor, on its thread.
 */
final class InventoryTalk {
    /** Pages that a peer may have made anew at once: eight times all of the largest inventory. */
    static final int MOST_PAGES = 1 << 14;
    static final int PAGES_PER_SECOND = 256;
    private static final double NANOS = 1e9;

    private final PeerConnection connection;
    private final InventoryExchange inventories;
    private final InventoryLog.Reader own;
    private final Consumer<Runnable> onActor;
    private final boolean tells;
    private boolean underWay;
    private double pages;
    private long lastNanos;

    /** @param onActor runs an action on the session's thread */
    InventoryTalk(PeerConnection connection, InventoryExchange inventories, Consumer<Runnable> onActor) {
        this.connection = connection;
        this.inventories = inventories;
        this.own = inventories.reader();
        this.onActor = onActor;
        this.tells = connection.hello().features().contains(SwarmMessage.INVENTORY);
        this.lastNanos = nanos();
        if (connection.isLight()) {
            inventories.light(connection.peer(), reachedAt(connection));
        }
    }

    /** Where a full session can be had, if anywhere. */
    private static Optional<HostAndPort> reachedAt(PeerConnection connection) {
        InetSocketAddress remote = connection.remote();
        int port = connection.inbound() ? connection.hello().listenPort() : remote.getPort();
        return port == 0 ? Optional.empty() : Optional.of(HostAndPort.of(remote.getAddress(), port));
    }

    private long nanos() {
        return connection.settings().ticker().nanos();
    }

    /** Goes on telling; to be called now and then. */
    void tell() {
        if (tells && !underWay) {
            own.next().ifPresent(frame -> {
                underWay = true;
                connection.send(frame, () -> onActor.accept(this::written));
            });
        }
    }

    private void written() {
        underWay = false;
        tell();
    }

    /**
     * The peer tells something.
     *
     * @throws FormatException when it cannot be so, or is too much
     */
    void told(SwarmMessage.OfInventory message) throws FormatException {
        long now = nanos();
        pages = Math.max(0, pages - (now - lastNanos) / NANOS * PAGES_PER_SECOND);
        lastNanos = now;
        switch (message) {
            case SwarmMessage.Inventory begun -> {
                count(0);
                inventories.begin(connection.peer(), begun.key());
            }
            case SwarmMessage.InventoryChange change -> {
                count(NarFilter.pages(change));
                inventories.change(connection.peer(), change);
            }
        }
    }

    private void count(int changed) throws FormatException {
        pages += 1 + changed;
        if (pages > MOST_PAGES) {
            throw new FormatException("inventory: it changes more than anybody has");
        }
    }

    /** The peer is gone. */
    void over() {
        inventories.forget(connection.peer());
    }
}
