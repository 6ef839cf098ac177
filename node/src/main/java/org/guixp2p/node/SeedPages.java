// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
    private static final String REGISTERED = "registered";
    private static final String OFFERED = "offered";
    private static final long FIRST = Long.MIN_VALUE;
    /** Stands for what the store has after an id, or for all of it. */
    private static final Pattern OF_STORE = Pattern.compile("store:(\\d{0,18})");

    private static boolean isOfStore(SeedStatus seed) {
        return seed.source().equals(REGISTERED);
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
    CompletionStage<Page<SeedStatus>> page(List<SeedStatus> described, Page.Wanted wanted) {
        List<SeedStatus> named = described.stream().filter(seed -> store.isEmpty() || !isOfStore(seed)).toList();
        Optional<Matcher> later = wanted.after().map(OF_STORE::matcher).filter(Matcher::matches);
        if (later.isPresent()) {
            String id = later.get().group(1);
            return ofStore(described, List.of(), id.isEmpty() ? FIRST : Long.parseLong(id), wanted.limit());
        }
        Page<SeedStatus> page = Page.of(named, SeedStatus::storePath, String::compareTo, wanted);
        return page.next().isPresent() || store.isEmpty()
                ? CompletableFuture.completedFuture(page)
                : ofStore(described, page.items(), FIRST, wanted.limit());
    }

    /** Fills a page up. */
    private CompletionStage<Page<SeedStatus>> ofStore(List<SeedStatus> described, List<SeedStatus> before, long after,
            int limit) {
        int room = limit - before.size();
        if (room == 0) {
            return CompletableFuture.completedFuture(new Page<>(before, Optional.of("store:")));
        }
        return store.orElseThrow().page(after).thenApply(found -> {
            List<SeedStatus> items = new ArrayList<>(before);
            items.addAll(describe(found.items().subList(0, Math.min(room, found.items().size())), described));
            Optional<Long> last = found.items().size() > room
                    ? Optional.of(found.items().get(room - 1).id())
                    : found.next().isPresent() ? Optional.of(found.next().getAsLong()) : Optional.empty();
            return new Page<>(items, last.map(id -> "store:" + id));
        }).exceptionallyCompose(failure -> after == FIRST && isNotKnown(failure)
                ? CompletableFuture.completedFuture(new Page<>(before, Optional.empty()))
                : CompletableFuture.failedFuture(failure));
    }

    private static boolean isNotKnown(Throwable failure) {
        return failure instanceof StoreNotKnownException || failure.getCause() instanceof StoreNotKnownException;
    }

    private static List<SeedStatus> describe(List<ValidItem> items, List<SeedStatus> described) {
        Set<String> said = new HashSet<>();
        described.stream().filter(seed -> !isOfStore(seed)).forEach(seed -> {
            said.add(seed.storePath());
            said.add(seed.narHash());
        });
        Map<String, SeedStatus> open = described.stream().filter(SeedPages::isOfStore)
                .collect(Collectors.toMap(SeedStatus::storePath, Function.identity()));
        return items.stream()
                .filter(item -> !said.contains(item.path().path()) && !said.contains(item.hash().toString()))
                .map(item -> open.getOrDefault(item.path().path(), new SeedStatus(item.path().path(),
                        item.hash().toString(), item.size().bytes(), REGISTERED, OFFERED, 0)))
                .toList();
    }
}
