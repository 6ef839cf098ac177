// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
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

    private final class Search implements LookupRun.Purpose {
        private final DhtId target;
        private final Octets salt;
        private final LookupRun run;
        private final Consumer<Search> end;
        private Optional<DhtItem> best = Optional.empty();

        private Search(DhtId target, Octets salt, Lookup lookup, Consumer<Search> end) {
            this.target = target;
            this.salt = salt;
            this.run = new LookupRun(lookup, table, questions, nanos, this);
            this.end = end;
        }

        @Override
        public KrpcQuery query(DhtId own) {
            return new KrpcQuery.Get(own, target, OptionalLong.empty(), Set.of());
        }

        @Override
        public Optional<LookupRun.Heard> heard(KrpcResponse response) {
            return response instanceof KrpcResponse.Found answer
                    ? Optional.of(new LookupRun.Heard(answer.token(), answer.nodes(), () -> found(answer.held())))
                    : Optional.empty();
        }

        @Override
        public boolean wantsMore() {
            return questions.isDeceived();
        }

        @Override
        public void ended() {
            running.remove(this);
            end.accept(this);
        }

        private void found(KrpcResponse.Held held) {
            if (held instanceof KrpcResponse.Held.Item(DhtItem item)) {
                found(item);
            }
        }

        /** Anybody can answer with anything: what is not what was asked for is passed over. */
        private void found(DhtItem named) {
            switch (named) {
                case DhtItem.Immutable item -> {
                    if (item.target().equals(target)) {
                        best = Optional.of(item);
                        // There is no other one.
                        run.lookup().stop();
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
        search.run.advance();
    }

    /**
     * Has the nodes nearest to an item keep it, for two hours.
     *
     * @param expected only where the mutable item that is there has this number
     * @param done takes how many do, once, later or at once
     */
    void put(DhtItem item, OptionalLong expected, IntConsumer done) {
        begin(item.target(), Octets.EMPTY,
                search -> put(search, item, expected, (by, asked) -> done.accept(by))).run.advance();
    }

    /**
     * Has them keep one of this node's own, unless a newer one is found on the way there.
     *
     * @param newer takes its number, before {@code done}, which takes 0
     * @param done takes how many do; 0 when most of those who were asked do not: one or two may be gone soon, or have their reasons
     */
    void renew(DhtItem.Mutable item, LongConsumer newer, IntConsumer done) {
        begin(item.target(), item.salt(), search -> {
            if (search.best.orElse(null) instanceof DhtItem.Mutable found && found.sequence() > item.sequence()) {
                newer.accept(found.sequence());
                done.accept(0);
            } else {
                put(search, item, OptionalLong.empty(), (by, asked) -> done.accept(2 * by >= asked ? by : 0));
            }
        }).run.advance();
    }

    private Search begin(DhtId target, Octets salt, Consumer<Search> end) {
        Lookup lookup = new Lookup(target, rule, table.closest(target, Lookup.STARTS));
        Search search = new Search(target, salt, lookup, end);
        running.add(search);
        return search;
    }

    private void put(Search search, DhtItem item, OptionalLong expected, Put done) {
        Kept kept = new Kept(done);
        for (Lookup.Holder holder : search.run.lookup().nearestHolders(questions.keepers())) {
            KrpcQuery query = new KrpcQuery.Put(table.own(), holder.token(), item, expected);
            if (questions.ask(holder.contact().address(), Optional.of(holder.contact().id()), query, kept::came)) {
                kept.asked++;
                kept.waits++;
            }
        }
        kept.said();
    }

    private interface Put {
        void ended(int by, int asked);
    }

    /** How many have taken an item. */
    private static final class Kept {
        private final Put done;
        private int by;
        private int asked;
        private int waits = 1;

        private Kept(Put done) {
            this.done = done;
        }

        private void came(Outcome outcome) {
            by += outcome instanceof Outcome.Answered ? 1 : 0;
            said();
        }

        private void said() {
            waits--;
            if (waits == 0) {
                done.ended(by, asked);
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
        return running.isEmpty() ? List.of() : running.stream().map(search -> search.run).toList();
    }
}
