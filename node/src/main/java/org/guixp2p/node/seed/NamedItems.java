// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.persistence.nar.StoreSeed;
import org.guixp2p.protocol.item.StorePath;

/** Items that the user named: each is offered once its tree was hashed. Part of the {@link Seeds} actor, on its thread. */
final class NamedItems {
    private final ActorContext<Seeds.Command> context;
    private final StoreItems items;
    private final Seeds.Threads threads;
    private final Catalogue catalogue;
    private final Withdrawals withdrawals;
    private final Predicate<Catalogue.Entry> offering;
    private final Predicate<StorePath> first;

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
        List<StorePath> paths = named.paths();
        paths.forEach(path -> {
            withdrawals.named(path);
            catalogue.note(path, "hashing");
        });
        Executor where = named.isWaitedFor() ? threads.asked() : threads.background();
        context.pipeToSelf(CompletableFuture.supplyAsync(() -> items.unchanged(paths), where),
                (found, crash) -> new Seeds.LookedAt(crash == null ? found : new StoreItems.Unchanged(List.of(), paths),
                        where));
    }

    void lookedAt(Seeds.LookedAt looked) {
        long offered = looked.named().seeds().stream().filter(seed -> !withdrawals.isUnnamed(seed.path()))
                .map(this::entry).filter(offering).count();
        context.getLog().info("offering what has not changed since an earlier run: {} items in all", offered);
        looked.named().others().forEach(path -> hash(path, looked.where()));
    }

    private void hash(StorePath path, Executor where) {
        context.pipeToSelf(CompletableFuture.supplyAsync(Stages.blocking(() -> items.hash(path,
                where.equals(threads.asked()) ? HashedTree::of : HashedTree::idly)), where),
                (seed, failure) -> new Seeds.Hashed(path, Optional.ofNullable(seed),
                        failure == null ? "" : String.valueOf(Stages.cause(failure).getMessage())));
    }

    void hashed(Seeds.Hashed hashed) {
        if (withdrawals.isUnnamed(hashed.path())) {
            return;
        }
        if (hashed.seed().isPresent()) {
            Catalogue.Entry entry = entry(hashed.seed().get());
            if (offering.test(entry)) {
                context.getLog().info("offering {} ({} bytes; {})", entry.path(), entry.offered().size(),
                        entry.origin().name());
            }
        } else {
            catalogue.note(hashed.path(), "refused: " + hashed.failure());
            context.getLog().warn("{} is not offered: {}", hashed.path(), hashed.failure());
        }
    }

    private Catalogue.Entry entry(StoreSeed seed) {
        return new Catalogue.Entry(seed.path(), new Seeds.Offered(seed.hash(), seed.size(), seed.root()),
                new NarOrigin.InStore(items, seed.path()), first.test(seed.path()));
    }
}
