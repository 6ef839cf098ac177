// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;

/** Looks for items (BEP 44), and has others keep them: a {@link Lookup} each. */
final class ItemSearches {
    private final IdRule rule;
    private final RoutingTable table;
    private final Questions questions;
    private final ItemRecords records;
    private final LongSupplier nanos;
    private final List<Search> running = new ArrayList<>();

    private static final class Search {
        private final DhtId target;
        private final Octets salt;
        private final Lookup lookup;
        private final long begun;
        private final Consumer<Search> end;
        private Optional<DhtItem> best = Optional.empty();

        private Search(DhtId target, Octets salt, Lookup lookup, long begun, Consumer<Search> end) {
            this.target = target;
            this.salt = salt;
            this.lookup = lookup;
            this.begun = begun;
            this.end = end;
        }

        /** Anybody can answer with anything: what is not what was asked for is passed over. */
        private void found(DhtItem named) {
            switch (named) {
                case DhtItem.Immutable item -> {
                    if (item.target().equals(target)) {
                        best = Optional.of(item);
                        // There is no other one.
                        lookup.stop();
                    }
                }
                case DhtItem.Mutable item -> {
                    DhtItem.Mutable salted = item.withSalt(salt);
                    if (salted.target().equals(target) && isNewer(salted) && salted.isSigned()) {
                        best = Optional.of(salted);
                    }
                }
            }
        }

        private boolean isNewer(DhtItem.Mutable item) {
            return !(best.orElse(null) instanceof DhtItem.Mutable known) || item.sequence() > known.sequence();
        }
    }

    ItemSearches(IdRule rule, RoutingTable table, Questions questions, ItemRecords records, LongSupplier nanos) {
        this.rule = rule;
        this.table = table;
        this.questions = questions;
        this.records = records;
        this.nanos = nanos;
    }

    /**
     * Looks for an item.
     *
     * @param salt of a mutable one
     * @param done takes it, of a mutable one the newest, once, later or at once; nothing when nobody has it
     */
    void get(DhtId target, Octets salt, Consumer<Optional<DhtItem>> done) {
        Search search = begin(target, salt, ended -> done.accept(ended.best));
        // This node may keep it itself.
        records.get(target).ifPresent(search::found);
        advance(search);
    }

    /**
     * Has the nodes nearest to an item keep it, for two hours.
     *
     * @param expected only where the mutable item that is there has this number
     * @param done takes how many do, once, later or at once
     */
    void put(DhtItem item, OptionalLong expected, IntConsumer done) {
        advance(begin(item.target(), Octets.EMPTY, search -> put(search, item, expected, done)));
    }

    private Search begin(DhtId target, Octets salt, Consumer<Search> end) {
        Lookup lookup = new Lookup(target, rule, table.closest(target, Lookup.PATHS * Bucket.SIZE / 2));
        Search search = new Search(target, salt, lookup, nanos.getAsLong(), end);
        running.add(search);
        return search;
    }

    /** Asks whoever is to be asked now, or ends; as {@link Searches} does. */
    private void advance(Search search) {
        long now = nanos.getAsLong();
        if (now - search.begun >= Searches.LONGEST.toNanos()) {
            search.lookup.stop();
            end(search);
            return;
        }
        while (running.contains(search) && questions.hasRoom(Lookup.MOST_AT_ONCE)) {
            List<Contact> next = search.lookup.next(now);
            next.stream().filter(contact -> !ask(search, contact)).forEach(search.lookup::failed);
            if (next.isEmpty()) {
                end(search);
                return;
            }
        }
    }

    private void end(Search search) {
        if (search.lookup.isOver() && running.remove(search)) {
            search.end.accept(search);
        }
    }

    private boolean ask(Search search, Contact contact) {
        KrpcQuery query = new KrpcQuery.Get(table.own(), search.target, OptionalLong.empty(), Set.of());
        return questions.ask(contact.address(), Optional.of(contact.id()), query, outcome -> {
            if (!running.contains(search)) {
                return;
            }
            if (outcome instanceof Outcome.Answered(Contact by, KrpcResponse.Found answer)) {
                List<Contact> others = answer.nodes().stream().filter(node -> !node.id().equals(table.own())).toList();
                search.lookup.answered(contact, by.id(), answer.token(), others, nanos.getAsLong());
                if (answer.held() instanceof KrpcResponse.Held.Item(DhtItem item)) {
                    search.found(item);
                }
            } else {
                search.lookup.failed(contact);
            }
            advance(search);
        });
    }

    private void put(Search search, DhtItem item, OptionalLong expected, IntConsumer done) {
        Kept kept = new Kept(done);
        for (Lookup.Holder holder : search.lookup.nearestHolders()) {
            KrpcQuery query = new KrpcQuery.Put(table.own(), holder.token(), item, expected);
            if (questions.ask(holder.contact().address(), Optional.of(holder.contact().id()), query, kept::came)) {
                kept.waits++;
            }
        }
        kept.asked();
    }

    /** How many have taken an item. */
    private static final class Kept {
        private final IntConsumer done;
        private int by;
        private int waits = 1;

        private Kept(IntConsumer done) {
            this.done = done;
        }

        private void came(Outcome outcome) {
            by += outcome instanceof Outcome.Answered ? 1 : 0;
            asked();
        }

        private void asked() {
            waits--;
            if (waits == 0) {
                done.accept(by);
            }
        }
    }

    /** Does what is due; early is harmless. */
    void tick() {
        List.copyOf(running).forEach(this::advance);
    }

    /** When to call {@link #tick} next; nothing when nothing is looked for. */
    OptionalLong nextTick() {
        long now = nanos.getAsLong();
        OptionalLong left = running.stream().mapToLong(search -> {
            long most = search.begun + Searches.LONGEST.toNanos() - now;
            OptionalLong change = search.lookup.nextChange(now);
            return change.isPresent() ? Math.min(most, change.getAsLong() - now) : most;
        }).min();
        return left.isPresent() ? OptionalLong.of(now + left.getAsLong()) : left;
    }
}
