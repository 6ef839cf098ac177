// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;

/**
 * What this node looks up: one {@link Lookup} a key at a time, for all who want to know and for all who want to be found under it.
 */
final class Searches {
    /**
     * How many peers are taken from one answer. Those who are asked first must not use up what there is room for: a search tells of
     * all that it takes, and that is bounded by how many it asks.
     */
    static final int FROM_ONE = 8;
    /** How many of them may be on one machine. */
    static final int ON_ONE_MACHINE = 3;

    private final IdRule rule;
    private final RoutingTable table;
    private final Questions questions;
    private final PeerRecords records;
    private final LongSupplier nanos;
    private final Map<DhtId, Search> running = new HashMap<>();

    /** Those who wait for one lookup. */
    private final class Search implements LookupRun.Purpose {
        private final DhtId key;
        private final LookupRun run;
        private final Set<InetSocketAddress> found = new LinkedHashSet<>();
        private final Map<KnownNode.Place, Integer> machines = new HashMap<>();
        private final List<Seeker> seekers = new ArrayList<>();
        private final List<Announcement> announcements = new ArrayList<>();

        private Search(DhtId key, Lookup lookup) {
            this.key = key;
            this.run = new LookupRun(lookup, table, questions, nanos, this);
        }

        @Override
        public KrpcQuery query(DhtId own) {
            return new KrpcQuery.GetPeers(own, key, Set.of());
        }

        @Override
        public Optional<LookupRun.Heard> heard(KrpcResponse response) {
            return response instanceof KrpcResponse.Peers answer
                    ? Optional.of(new LookupRun.Heard(answer.token(), answer.nodes(), () -> found(answer.peers())))
                    : Optional.empty();
        }

        @Override
        public boolean wantsMore() {
            // Whoever has found enough looks no more; what was found may be false as well.
            return questions.isDeceived() && !(seekers.isEmpty() && announcements.isEmpty());
        }

        @Override
        public void ended() {
            running.remove(key);
            announcements.forEach(announcement -> announce(this, announcement));
            seekers.forEach(Seeker::over);
        }

        /** Somebody names these, or this node keeps them for others. */
        private void found(List<InetSocketAddress> peers) {
            peers.stream().filter(this::isNew).limit(FROM_ONE).forEach(peer -> {
                found.add(peer);
                machines.merge(KnownNode.Place.of(peer), 1, Integer::sum);
                List.copyOf(seekers).forEach(seeker -> tell(seeker, peer));
            });
        }

        private boolean isNew(InetSocketAddress peer) {
            return !found.contains(peer) && machines.getOrDefault(KnownNode.Place.of(peer), 0) < ON_ONE_MACHINE;
        }

        /** Unless it has had enough meanwhile. */
        private void tell(Seeker seeker, InetSocketAddress peer) {
            if (seekers.contains(seeker)) {
                seeker.found(peer);
            }
        }
    }

    private record Announcement(int port, Consumer<Announced> done) {}

    Searches(IdRule rule, RoutingTable table, Questions questions, PeerRecords records, LongSupplier nanos) {
        this.rule = rule;
        this.table = table;
        this.questions = questions;
        this.records = records;
        this.nanos = nanos;
    }

    /** Looks for peers under a key; what others have found who look for the same is told at once. */
    void find(DhtId key, Seeker seeker) {
        Search search = search(key, List.of());
        search.seekers.add(seeker);
        List.copyOf(search.found).forEach(peer -> search.tell(seeker, peer));
        search.run.advance();
    }

    /** Has found what it wanted; it is told no more. */
    void leave(DhtId key, Seeker seeker) {
        Search search = running.get(key);
        if (search != null && search.seekers.remove(seeker) && search.seekers.isEmpty()
                && search.announcements.isEmpty()) {
            search.run.stop();
            running.remove(key);
        }
    }

    /**
     * Has the nodes nearest to a key remember that there is a peer where this node is.
     *
     * @param port the peer's
     * @param near nodes that have taken it before: with them the way to the key is short
     * @param done is told who has taken it, once, later or at once
     */
    void announce(DhtId key, int port, Collection<Contact> near, Consumer<Announced> done) {
        Search search = search(key, near);
        search.announcements.add(new Announcement(port, done));
        search.run.advance();
    }

    /** Nobody is to be told any more that there is a peer: announcements end, and have been taken by nobody. */
    void withdraw(DhtId key) {
        Search search = running.get(key);
        if (search == null || search.announcements.isEmpty()) {
            return;
        }
        List<Announcement> withdrawn = List.copyOf(search.announcements);
        search.announcements.clear();
        if (search.seekers.isEmpty()) {
            search.run.stop();
            running.remove(key);
        }
        Announced nobody = new Announced(List.of(), 0, search.run.lookup().messages());
        withdrawn.forEach(announcement -> announcement.done.accept(nobody));
    }

    private Search search(DhtId key, Collection<Contact> near) {
        return running.computeIfAbsent(key, begun -> {
            Lookup lookup = near.isEmpty()
                    ? new Lookup(begun, rule, table.closest(begun, Lookup.STARTS))
                    : Lookup.again(begun, rule, questions.keepers(),
                            Stream.concat(near.stream(), table.closest(begun, 2 * Bucket.SIZE).stream()).toList());
            Search search = new Search(begun, lookup);
            // This node may be one of the nearest itself.
            search.found(records.peers(begun, KrpcResponse.MAX_PEERS));
            return search;
        });
    }

    private void announce(Search search, Announcement announcement) {
        Tally tally = new Tally(search.run.lookup().messages(), announcement.done);
        for (Lookup.Holder holder : search.run.lookup().nearestHolders(questions.keepers())) {
            KrpcQuery query = new KrpcQuery.AnnouncePeer(table.own(), search.key, announcement.port, false,
                    holder.token());
            if (questions.ask(holder.contact().address(), Optional.of(holder.contact().id()), query, tally::came)) {
                tally.waits++;
            }
            tally.chosen++;
        }
        tally.asked();
    }

    /** Who has taken an announcement. */
    private static final class Tally {
        private final Consumer<Announced> done;
        private final List<Contact> took = new ArrayList<>();
        private int messages;
        private int chosen;
        private int waits = 1;

        private Tally(int messages, Consumer<Announced> done) {
            this.messages = messages;
            this.done = done;
        }

        private void came(Outcome outcome) {
            if (outcome instanceof Outcome.Answered(Contact by, KrpcResponse ignored)) {
                took.add(by);
            }
            messages++;
            asked();
        }

        private void asked() {
            waits--;
            if (waits == 0) {
                done.accept(new Announced(took, chosen, messages));
            }
        }
    }

    /** Does what is due; early is harmless. */
    void tick() {
        runs().forEach(LookupRun::advance);
    }

    /** When to call {@link #tick} next; nothing when nothing is looked for. */
    OptionalLong nextTick() {
        return LookupRun.nextTick(runs(), nanos);
    }

    private List<LookupRun> runs() {
        return running.isEmpty() ? List.of() : running.values().stream().map(search -> search.run).toList();
    }
}
