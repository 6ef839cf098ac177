// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** What this node and its peers tell each other that they have. Safe for several threads. */
public final class InventoryExchange {
    private final InventoryLog own;
    private final Inventories theirs;
    /** Where those are reached with whom there is only a light session. */
    private final Map<PeerId, Optional<HostAndPort>> light = new ConcurrentHashMap<>();

    /**
     * Nobody has anything yet.
     *
     * @param mostBytes what the inventories of all peers together may take
     * @param random makes keys that nobody can foretell
     * @param nanos a clock as {@link System#nanoTime}
     */
    public InventoryExchange(long mostBytes, RandomGenerator random, LongSupplier nanos) {
        this.own = new InventoryLog(new OwnInventory(random), nanos);
        this.theirs = new Inventories(mostBytes);
    }

    // What this node has.

    /** There is a NAR that may be known to all. */
    public void add(NarHash nar) {
        own.add(nar);
    }

    /** It is not there any more. */
    public void remove(NarHash nar) {
        own.remove(nar);
    }

    /** What to tell a peer that was told nothing yet. */
    public InventoryLog.Reader reader() {
        return own.reader();
    }

    // What peers have.

    /**
     * A peer begins its inventory, the first one or another one; as {@link Inventories#begin}.
     *
     * @return whether there is room
     */
    public boolean begin(PeerId peer, InventoryKey key) {
        synchronized (theirs) {
            return theirs.begin(peer, key);
        }
    }

    /**
     * A peer's inventory changes; as {@link Inventories#change}.
     *
     * @return whether it is kept
     * @throws FormatException when the peer has begun none, or this cannot be a change of it
     */
    public boolean change(PeerId peer, SwarmMessage.InventoryChange change) throws FormatException {
        synchronized (theirs) {
            return theirs.change(peer, change);
        }
    }

    /** What is set aside for what peers tell, in bytes. */
    public long bytes() {
        synchronized (theirs) {
            return theirs.bytes();
        }
    }

    /**
     * With a peer there is a light session only, in which nothing can be asked.
     *
     * @param reached where to dial it for a full one; empty when it can only dial
     */
    public void light(PeerId peer, Optional<HostAndPort> reached) {
        light.put(peer, reached);
    }

    /** How to get at a peer that is connected; empty when it cannot be asked for anything. */
    public Optional<ProviderHint> hint(PeerId peer) {
        Optional<HostAndPort> reached = light.get(peer);
        return reached == null
                ? Optional.of(new ProviderHint.Connected(peer))
                : reached.map(address -> new ProviderHint.Known(new PeerAddress(peer, address)));
    }

    /** A peer is gone. */
    public void forget(PeerId peer) {
        light.remove(peer);
        synchronized (theirs) {
            theirs.forget(peer);
        }
    }

    /** What peers may have a NAR by what they tell; as {@link Inventories#named}. */
    public List<PeerId> named(NarHash nar) {
        synchronized (theirs) {
            return theirs.named(nar);
        }
    }

    /** Likewise, when they are going to be asked for it; as {@link Inventories#mayHave}. */
    public List<PeerId> mayHave(NarHash nar) {
        synchronized (theirs) {
            return theirs.mayHave(nar);
        }
    }

    /** A peer says that it does not have a NAR; as {@link Inventories#missed}. */
    public boolean missed(PeerId peer, NarHash nar) {
        synchronized (theirs) {
            return theirs.missed(peer, nar);
        }
    }
}
