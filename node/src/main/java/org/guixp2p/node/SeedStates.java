// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.store.OfferedStore;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.item.StorePath;

/** Whether others can have items of the store, or could. What was found out counts for a while. Blocks; for one thread at a time. */
final class SeedStates {
    static final String SEEDED = "seeded";
    static final String COULD_BE = "could-be";
    static final String NOT_PUBLIC = "not-public";
    static final String UNKNOWN = "unknown";
    private static final int MOST_REMEMBERED = 4096;
    private static final long COUNTS_NANOS = Duration.ofSeconds(30).toNanos();

    private final Supplier<CompletionStage<List<SeedStatus>>> described;
    private final Optional<OfferedStore> store;
    private final StoreDatabase database;
    private final Metadata metadata;
    private final List<URI> servers;
    private final LongSupplier nanos;
    private final Map<StorePath, Found> found = new LinkedHashMap<>();

    private record Found(String state, long atNanos) {}

    /**
     * @param described asks what was named or kept
     * @param store if it is seeded
     * @param nanos a clock as {@link System#nanoTime}
     */
    SeedStates(Supplier<CompletionStage<List<SeedStatus>>> described, Optional<OfferedStore> store,
            StoreDatabase database, Metadata metadata, List<URI> servers, LongSupplier nanos) {
        this.described = described;
        this.store = store;
        this.database = database;
        this.metadata = metadata;
        this.servers = servers;
        this.nanos = nanos;
    }

    /** That of each of these, in their order. */
    List<String> of(List<StorePath> items) {
        Map<String, String> named = new HashMap<>();
        described.get().toCompletableFuture().join().forEach(seed -> named.put(seed.storePath(), seed.state()));
        return items.stream().map(item -> switch (named.getOrDefault(item.path(), "")) {
            case "offered" -> SEEDED;
            case "hashing", "unproven" -> COULD_BE;
            default -> remembered(item);
        }).toList();
    }

    private String remembered(StorePath item) {
        long now = nanos.getAsLong();
        Found before = found.get(item);
        if (before != null && now - before.atNanos() < COUNTS_NANOS) {
            return before.state();
        }
        String state = find(item);
        found.remove(item);
        found.put(item, new Found(state, now));
        if (found.size() > MOST_REMEMBERED) {
            found.remove(found.keySet().iterator().next());
        }
        return state;
    }

    private String find(StorePath item) {
        try {
            if (store.isPresent() && !store.get().find(item).toCompletableFuture().join().isEmpty()) {
                return SEEDED;
            }
            Optional<ValidItem> registered = database.find(item);
            return registered.isEmpty()
                    ? UNKNOWN
                    : switch (metadata.remembered(item, registered.get().hash(), servers)) {
                        case PUBLIC -> COULD_BE;
                        case ABSENT, OTHER -> NOT_PUBLIC;
                        case UNKNOWN, PARTLY -> UNKNOWN;
                    };
        } catch (IOException | CompletionException e) {
            // It is not known yet what the store has, or cannot be read now.
            return UNKNOWN;
        }
    }
}
