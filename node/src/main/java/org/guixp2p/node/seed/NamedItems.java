// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.persistence.nar.StoreSeed;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Items that the user named: each is offered once its tree was hashed, and watched from then on. One that is collected is
 * withdrawn, and hashed again when it is back. Part of the {@link Seeds} actor, on its thread.
 */
final class NamedItems {
    private static final Logger LOG = LoggerFactory.getLogger(Seeds.class);
    /** From one look at all of them to the next: whoever collects or builds something sees it here within a minute. */
    static final Duration LOOK = Duration.ofSeconds(30);
    /** Of an item that is not there. */
    private static final String NONE = "";

    /** What is heard of them. */
    sealed interface Step extends Seeds.Naming {}

    /** It is known which of some were hashed before. */
    private record LookedAt(StoreItems.Unchanged named, Executor where) implements Step {}

    /**
     * One was hashed, or could not be.
     *
     * @param fingerprint of the tree then; nothing when it is not to be watched
     */
    private record Hashed(StorePath path, Optional<StoreSeed> seed, Optional<String> fingerprint,
            String failure) implements Step {}

    private record Look() implements Step {}

    /** Those that are others than before. */
    private record Seen(List<Change> changes) implements Step {}

    /** From one fingerprint to another. */
    private record Change(StorePath path, String before, String now) {}

    private final ActorContext<Seeds.Command> context;
    private final StoreItems items;
    private final Seeds.Threads threads;
    private final Catalogue catalogue;
    private final Withdrawals withdrawals;
    private final Predicate<Catalogue.Entry> offering;
    private final Predicate<StorePath> first;
    /** Fingerprints of those that are offered, or were refused or withdrawn. They are compared on another thread. */
    private final Map<StorePath, String> watched = new ConcurrentHashMap<>();
    /** Those whose NAR is offered from elsewhere. */
    private final Map<NarHash, Set<StorePath>> alike = new HashMap<>();

    /**
     * @param offering offers one, and says whether its NAR was not offered already
     * @param first which are worth telling of before others
     */
    NamedItems(ActorContext<Seeds.Command> context, StoreItems items, Seeds.Threads threads, Catalogue catalogue,
            Withdrawals withdrawals, Predicate<Catalogue.Entry> offering, Predicate<StorePath> first) {
        this.context = context;
        this.items = items;
        this.threads = threads;
        this.catalogue = catalogue;
        this.withdrawals = withdrawals;
        this.offering = offering;
        this.first = first;
    }

    /** What was hashed before and is unchanged is offered soon; the rest is hashed. */
    void add(Seeds.AddStoreItems named) {
        named.paths().forEach(withdrawals::named);
        begin(named.paths(), named.isWaitedFor() ? threads.asked() : threads.background());
    }

    private void begin(List<StorePath> paths, Executor where) {
        paths.forEach(path -> {
            watched.remove(path);
            catalogue.note(path, "hashing");
        });
        context.pipeToSelf(CompletableFuture.supplyAsync(() -> items.unchanged(paths), where),
                (found, crash) -> new LookedAt(crash == null ? found : new StoreItems.Unchanged(List.of(), paths),
                        where));
    }

    void receive(Step step) {
        switch (step) {
            case LookedAt looked -> lookedAt(looked);
            case Hashed hashed -> hashed(hashed);
            case Look _ -> look();
            case Seen seen -> {
                seen.changes().forEach(this::changed);
                watch();
            }
        }
    }

    private void lookedAt(LookedAt looked) {
        long offered = looked.named().seeds().stream().filter(seed -> !withdrawals.isUnnamed(seed.path()))
                .filter(this::offer).count();
        context.getLog().info("offering what has not changed since an earlier run: {} items in all", offered);
        looked.named().others().forEach(path -> hash(path, looked.where()));
    }

    private void hash(StorePath path, Executor where) {
        HashedTree.Reading reading = where.equals(threads.asked()) ? HashedTree::of : HashedTree::idly;
        context.pipeToSelf(CompletableFuture.supplyAsync(() -> hashed(path, reading), where),
                (hashed, crash) -> crash == null
                        ? hashed
                        : new Hashed(path, Optional.empty(), Optional.empty(),
                                String.valueOf(Stages.cause(crash).getMessage())));
    }

    /** Blocks. */
    private Hashed hashed(StorePath path, HashedTree.Reading reading) {
        String before = NONE;
        try {
            // First: what comes into its place while it is hashed is another one.
            before = items.look(path).orElse(NONE);
            StoreSeed seed = items.hash(path, reading);
            return new Hashed(path, Optional.of(seed), Optional.of(seed.fingerprint()), "");
        } catch (IOException e) {
            return new Hashed(path, Optional.empty(), Optional.of(before), String.valueOf(e.getMessage()));
        }
    }

    private void hashed(Hashed hashed) {
        if (withdrawals.isUnnamed(hashed.path())) {
            return;
        }
        if (hashed.seed().isPresent()) {
            StoreSeed seed = hashed.seed().get();
            if (offer(seed)) {
                context.getLog().info("offering {} ({} bytes; store)", seed.path(), seed.size());
            }
        } else {
            hashed.fingerprint().ifPresent(fingerprint -> watched.put(hashed.path(), fingerprint));
            var _ = withdrawals.changed(hashed.path(), "refused: " + hashed.failure());
            context.getLog().warn("{} is not offered: {}", hashed.path(), hashed.failure());
        }
    }

    /** @return whether its NAR was not offered already */
    private boolean offer(StoreSeed seed) {
        watched.put(seed.path(), seed.fingerprint());
        withdrawals.becameOther(seed.path(), seed.hash());
        Catalogue.Entry entry = new Catalogue.Entry(seed.path(),
                new Seeds.Offered(seed.hash(), seed.size(), seed.root()), new NarOrigin.InStore(items, seed.path()),
                first.test(seed.path()));
        boolean fresh = offering.test(entry);
        if (!fresh && !catalogue.isNamed(seed.hash(), seed.path())) {
            alike.computeIfAbsent(seed.hash(), _ -> new LinkedHashSet<>()).add(seed.path());
        }
        return fresh;
    }

    /** A NAR is offered no more from where it was. */
    void instead(NarHash nar) {
        Set<StorePath> others = alike.remove(nar);
        if (others != null) {
            begin(others.stream().filter(path -> !withdrawals.isUnnamed(path) && isThere(path)).toList(),
                    threads.background());
        }
    }

    /** Those of these NARs that an item has which the user named and which is there, wherever they are read now. */
    Set<NarHash> among(Set<NarHash> nars) {
        return nars.stream().filter(nar -> catalogue.isNamed(nar)
                || alike.getOrDefault(nar, Set.of()).stream()
                        .anyMatch(path -> !withdrawals.isUnnamed(path) && isThere(path)))
                .collect(Collectors.toUnmodifiableSet());
    }

    private boolean isThere(StorePath path) {
        return !watched.getOrDefault(path, NONE).equals(NONE);
    }

    /** Has them looked at in a while. */
    void watch() {
        var _ = context.scheduleOnce(LOOK, context.getSelf(), new Look());
    }

    private void look() {
        withdrawals.unnamed().forEach(watched::remove);
        context.pipeToSelf(CompletableFuture.supplyAsync(this::changes, threads.disk()),
                (changes, crash) -> new Seen(crash == null ? changes : List.of()));
    }

    /** Those that are others than before. Blocks. */
    private List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        watched.forEach((path, before) -> {
            try {
                String now = items.look(path).orElse(NONE);
                if (!now.equals(before)) {
                    changes.add(new Change(path, before, now));
                }
            } catch (IOException e) {
                // That may pass, and says nothing of it.
                LOG.debug("{} cannot be looked at: {}", path, e.toString());
            }
        });
        return changes;
    }

    private void changed(Change change) {
        StorePath path = change.path();
        // It may have been named anew or hashed meanwhile.
        if (withdrawals.isUnnamed(path) || !change.before().equals(watched.get(path))) {
            return;
        }
        alike.values().forEach(those -> those.remove(path));
        if (change.now().equals(NONE)) {
            watched.put(path, NONE);
            String why = items.locate(path) + " is not there any more";
            if (withdrawals.changed(path, "withdrawn: " + why)) {
                context.getLog().info("{} is offered no more: {}", path, why);
            }
        } else {
            var _ = withdrawals.changed(path, "hashing");
            begin(List.of(path), threads.background());
        }
    }
}
