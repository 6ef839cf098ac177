// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.discovery.Alarm;
import org.guixp2p.node.discovery.OpenLookup;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtKeys;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Who has what, as the DHT knows it (docs/wire-protocol.md, "Keys in the DHT"). A lookup asks the networks of both families at a
 * time; all that it finds are addresses, of which nothing is known but that strangers may name them.
 */
public final class DhtDirectory implements ProviderDirectory {
    private final List<ActorRef<DhtActor.Command>> families;
    private final Alarm alarm;

    DhtDirectory(List<ActorRef<DhtActor.Command>> families, Alarm alarm) {
        this.families = List.copyOf(families);
        this.alarm = alarm;
    }

    @Override
    public void announce(Announcement announcement) {
        put(announcement, new Worth(announcement.demand(), announcement.size()));
    }

    @Override
    public void withdraw(NarHash nar) {
        remove(DhtKeys.of(nar));
    }

    @Override
    public void announcePart(Announcement announcement) {
        put(announcement, new Worth(announcement.demand(), announcement.size(), true));
    }

    @Override
    public void withdrawPart(NarHash nar) {
        DhtId key = DhtKeys.of(nar);
        families.forEach(actor -> actor.tell(new DhtActor.RemovePart(key)));
    }

    @Override
    public Lookup lookup(Question question, Listener listener) {
        return find(DhtKeys.of(question.nar()), new OpenLookup(question.wanted(), question.within(), listener, alarm));
    }

    /** From now on this node is to be found where all meet, before anything else is announced. */
    public void announceRendezvous() {
        put(DhtKeys.RENDEZVOUS, Optional.empty(), Worth.MOST);
    }

    /** It is not any more. */
    public void withdrawRendezvous() {
        remove(DhtKeys.RENDEZVOUS);
    }

    /**
     * Looks for any nodes, where all meet; as {@link #lookup}.
     *
     * @param wanted how many hints will do; 1 to {@link Question#MAX_WANTED}
     * @param within how long it may take; more than 0
     */
    public Lookup lookupRendezvous(int wanted, Duration within, Listener listener) {
        return find(DhtKeys.RENDEZVOUS, new OpenLookup(wanted, within, listener, alarm));
    }

    private void put(Announcement announcement, Worth worth) {
        put(DhtKeys.of(announcement.nar()), Optional.of(announcement.nar()), worth);
    }

    private void put(DhtId key, Optional<NarHash> nar, Worth worth) {
        families.forEach(actor -> actor.tell(new DhtActor.Put(key, nar, worth)));
    }

    private void remove(DhtId key) {
        families.forEach(actor -> actor.tell(new DhtActor.Remove(key)));
    }

    private Lookup find(DhtId key, OpenLookup lookup) {
        Ends ends = new Ends(lookup, families.size());
        families.forEach(actor -> {
            Part part = new Part(lookup, ends);
            actor.tell(new DhtActor.Find(key, part));
            lookup.afterwards(() -> actor.tell(new DhtActor.Leave(key, part)));
        });
        return lookup;
    }

    /** A lookup is over with that in the last family, and has failed if nobody could be asked in any. */
    private static final class Ends {
        private final OpenLookup lookup;
        private final AtomicInteger open;
        private final AtomicInteger unasked;

        private Ends(OpenLookup lookup, int families) {
            this.lookup = lookup;
            this.open = new AtomicInteger(families);
            this.unasked = new AtomicInteger(families);
        }

        private void over() {
            if (open.decrementAndGet() == 0) {
                lookup.end(unasked.get() > 0 ? End.FAILED : End.EXHAUSTED);
            }
        }
    }

    /** A lookup in one family, on its actor's thread. */
    private static final class Part implements Asker {
        private final OpenLookup lookup;
        private final Ends ends;
        private Set<InetSocketAddress> own = Set.of();

        private Part(OpenLookup lookup, Ends ends) {
            this.lookup = lookup;
            this.ends = ends;
        }

        @Override
        public void begins(boolean nobody, Set<InetSocketAddress> self) {
            own = self;
            if (!nobody) {
                ends.unasked.set(0);
            }
        }

        @Override
        public void found(InetSocketAddress peer) {
            // What others named was looked at when their answer came; what this node keeps for others was not.
            if (!own.contains(peer) && Admission.mayName(peer.getAddress(), peer)) {
                lookup.found(List.of(new ProviderHint.Unnamed(HostAndPort.of(peer.getAddress(), peer.getPort()))));
            }
        }

        @Override
        public void over() {
            ends.over();
        }
    }
}
