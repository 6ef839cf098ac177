// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.store.OfferedStore;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether others can have items of the store, or could. What was found out counts for a while. Blocks; for one thread at a time. */
final class SeedStates {
    static final String SEEDED = "seeded";
    static final String COULD_BE = "could-be";
    static final String NOT_PUBLIC = "not-public";
    static final String UNKNOWN = "unknown";
    private static final Logger LOG = LoggerFactory.getLogger(SeedStates.class);
    private static final int MOST_REMEMBERED = 4096;
    private static final long COUNTS_NANOS = Duration.ofSeconds(30).toNanos();

    private final Supplier<CompletionStage<List<SeedStatus>>> described;
    private final Optional<OfferedStore> store;
    private final Registered registered;
    private final Judge judge;
    private final LongSupplier nanos;
    private final Map<StorePath, Found> found = new LinkedHashMap<>();

    /** Knows what the store has. */
    interface Registered {
        /** Those of these items that it has; blocks. */
        Map<StorePath, ValidItem> find(Collection<StorePath> items) throws IOException;
    }

    /** Knows what narinfos that are here say of a build. */
    interface Judge {
        /** As {@link Metadata#remembered}. */
        Gate remembered(StorePath item, NarHash build);
    }

    private record Found(String state, long atNanos) {}

    /**
     * @param described asks what was named or kept
     * @param store if it is seeded
     * @param nanos a clock as {@link System#nanoTime}
     */
    SeedStates(Supplier<CompletionStage<List<SeedStatus>>> described, Optional<OfferedStore> store,
            Registered registered, Judge judge, LongSupplier nanos) {
        this.described = described;
        this.store = store;
        this.registered = registered;
        this.judge = judge;
        this.nanos = nanos;
    }

    /** That of each of these, in their order. The store's database is opened once for all, and not for what was found out lately. */
    List<String> of(List<StorePath> items) {
        Map<String, String> named = new HashMap<>();
        described.get().toCompletableFuture().join().forEach(seed -> named.put(seed.storePath(), seed.state()));
        Map<StorePath, String> states = new HashMap<>();
        Set<StorePath> others = new LinkedHashSet<>();
        long now = nanos.getAsLong();
        for (StorePath item : items) {
            switch (named.getOrDefault(item.path(), "")) {
                case "offered" -> states.put(item, SEEDED);
                case "hashing", "unproven" -> states.put(item, COULD_BE);
                default -> remembered(item, now).ifPresentOrElse(state -> states.put(item, state),
                        () -> others.add(item));
            }
        }
        if (!others.isEmpty()) {
            Map<StorePath, String> lookedUp = find(others);
            lookedUp.forEach((item, state) -> remember(item, state, now));
            states.putAll(lookedUp);
        }
        return items.stream().map(item -> states.getOrDefault(item, UNKNOWN)).toList();
    }

    private Optional<String> remembered(StorePath item, long now) {
        Found before = found.get(item);
        return before != null && now - before.atNanos() < COUNTS_NANOS ? Optional.of(before.state()) : Optional.empty();
    }

    private void remember(StorePath item, String state, long now) {
        found.remove(item);
        found.put(item, new Found(state, now));
        if (found.size() > MOST_REMEMBERED) {
            found.remove(found.keySet().iterator().next());
        }
    }

    private Map<StorePath, String> find(Set<StorePath> items) {
        Map<StorePath, String> states = new HashMap<>();
        try {
            Map<StorePath, ValidItem> there = registered.find(items);
            Set<ValidItem> offered = store.isEmpty()
                    ? Set.of()
                    : store.get().offered(there.values()).toCompletableFuture().join();
            items.forEach(item -> states.put(item, UNKNOWN));
            there.forEach((item, known) -> states.put(item, offered.contains(known) ? SEEDED : judged(known)));
        } catch (IOException | CompletionException e) {
            // It is not known yet what the store has, or cannot be read now: it is asked again.
            LOG.debug("what the store has is not known: {}", String.valueOf(e.getMessage()));
        }
        return states;
    }

    private String judged(ValidItem item) {
        return switch (judge.remembered(item.path(), item.hash())) {
            case PUBLIC -> COULD_BE;
            case ABSENT, OTHER -> NOT_PUBLIC;
            case UNKNOWN, PARTLY -> UNKNOWN;
        };
    }
}
