// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.guixp2p.api.Page;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.store.OfferedStore;
import org.guixp2p.node.store.StoreNotKnownException;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.item.NarHash;

/**
 * What is offered, some at a time: first what was named or kept, by store path, then what the store has and nobody named, by id. Of the
 * store no more is read than is wanted. Until it is known what it has, there is nothing of it; what cannot be read fails, lest it look
 * like the end.
 *
 * @param store if that is seeded
 */
record SeedPages(Optional<OfferedStore> store) {
    private static final long FIRST = Long.MIN_VALUE;
    /** Stands for what the store has after an id, or for all of it. */
    private static final Pattern OF_STORE = Pattern.compile("store:(\\d{0,18})");

    /** Knows what was named or kept, and what of the store is open. */
    interface Known {
        /** Some of what was named or kept, by store path. */
        CompletionStage<Page<SeedStatus>> named(Page.Wanted wanted);

        /** These items of the store, but for those that are among what was named or kept. */
        CompletionStage<List<SeedStatus>> ofStore(List<ValidItem> items);
    }

    /**
     * How many items are offered; of the store none, when it does not say.
     *
     * @param counted what is open or named
     */
    CompletionStage<Integer> count(Seeds.Counted counted) {
        Set<NarHash> named = counted.named();
        return store.map(there -> there.count(named).thenApply(more -> named.size() + more)
                .exceptionally(unknown -> named.size()))
                .orElseGet(() -> CompletableFuture.completedFuture(named.size() + counted.ofStore()));
    }

    /** Some of all that is offered. */
    CompletionStage<Page<SeedStatus>> page(Known known, Page.Wanted wanted) {
        Optional<Matcher> later = wanted.after().map(OF_STORE::matcher).filter(Matcher::matches);
        if (later.isPresent()) {
            String id = later.get().group(1);
            return ofStore(known, List.of(), id.isEmpty() ? FIRST : Long.parseLong(id), wanted.limit());
        }
        return known.named(wanted).thenCompose(page -> page.next().isPresent() || store.isEmpty()
                ? CompletableFuture.completedFuture(page)
                : ofStore(known, page.items(), FIRST, wanted.limit()));
    }

    /** Fills a page up. */
    private CompletionStage<Page<SeedStatus>> ofStore(Known known, List<SeedStatus> before, long after, int limit) {
        int room = limit - before.size();
        if (room == 0) {
            return CompletableFuture.completedFuture(new Page<>(before, Optional.of("store:")));
        }
        CompletionStage<OfferedStore.Page> read = store.orElseThrow().page(after)
                .exceptionallyCompose(failure -> after == FIRST && isNotKnown(failure)
                        ? CompletableFuture.completedFuture(new OfferedStore.Page(List.of(), OptionalLong.empty()))
                        : CompletableFuture.failedFuture(failure));
        return read.thenCompose(found -> {
            List<ValidItem> some = found.items().subList(0, Math.min(room, found.items().size()));
            Optional<Long> last = found.items().size() > room
                    ? Optional.of(some.getLast().id())
                    : found.next().isPresent() ? Optional.of(found.next().getAsLong()) : Optional.empty();
            return known.ofStore(some)
                    .thenApply(more -> new Page<>(Stream.concat(before.stream(), more.stream()).toList(),
                            last.map(id -> "store:" + id)));
        });
    }

    private static boolean isNotKnown(Throwable failure) {
        return failure instanceof StoreNotKnownException || failure.getCause() instanceof StoreNotKnownException;
    }
}
