// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.StoreLedger;

/**
 * What {@link StoreSeeding} works with.
 *
 * @param all whether everything may be given to others, public or not
 * @param disk for what is short
 * @param background for what may take long, and nobody waits for
 * @param asked for what may take long, and somebody waits for: two threads are of use
 */
record SeedingTools(StoreReader reader, Exclusions exclusions, Gatekeeper gatekeeper, boolean all,
        ActorRef<Seeds.Command> seeds,
        Executor disk, Executor background, Executor asked, InstantSource clock, SeedingPace pace) {
    /** A signature does not become wrong; but servers may have thought better of it. */
    private static final Duration PUBLIC_HOLDS = Duration.ofDays(30);
    /** Servers build what is new within hours, and what was built otherwise they seldom build again. */
    private static final Duration ABSENT_HOLDS = Duration.ofDays(1);
    private static final Duration OTHER_HOLDS = Duration.ofDays(7);
    private static final int AT_A_TIME = 500;

    /** In seconds since 1970. */
    long now() {
        return clock.instant().getEpochSecond();
    }

    /** Writes down something that can be found out again. */
    void write(StoreReader.Writing writing) {
        disk.execute(() -> {
            var _ = StoreReader.note(writing);
        });
    }

    /** What earlier runs found out about the items of a table; what they found out about others, which are gone, is forgotten. */
    CompletionStage<ItemStates> recall(ItemTable table) {
        return CompletableFuture.supplyAsync(Stages.blocking(() -> {
            ItemStates fresh = new ItemStates(table, all);
            List<Long> gone = new ArrayList<>();
            reader.ledger().open();
            reader.ledger().forEach((item, gate, until, tree) -> {
                if (!fresh.recall(item, gate, until, tree)) {
                    gone.add(item.id());
                }
            });
            forget(gone);
            return fresh;
        }), disk);
    }

    /** Whether a table was begun before the user excluded something last: it may have that, and another one comes. */
    boolean isOutdated(ItemTable table) {
        return table.exclusions() != exclusions.additions();
    }

    /** A few at a time, so that whoever reads the ledger meanwhile does not wait long. */
    void forget(List<Long> gone) {
        for (int from = 0; from < gone.size(); from += AT_A_TIME) {
            List<Long> some = gone.subList(from, Math.min(from + AT_A_TIME, gone.size()));
            write(() -> reader.ledger().forget(some));
        }
    }

    /** Whether these are public, as far as they are still registered. */
    CompletionStage<List<StoreLedger.Verdict>> judge(List<Registration> items) {
        return CompletableFuture.supplyAsync(Stages.blocking(() -> reader.find(items)), disk).thenCompose(this::ask);
    }

    private CompletionStage<List<StoreLedger.Verdict>> ask(List<ValidItem> items) {
        // Some may have been taken out since these were chosen.
        List<CompletableFuture<StoreLedger.Verdict>> all = items.stream()
                .filter(item -> !exclusions.isExcluded(item.path(), item.hash()))
                .map(item -> gatekeeper.gate(item.path(), item.hash())
                        .thenApply(gate -> new StoreLedger.Verdict(StoreReader.registration(item), gate,
                                now() + holds(gate).toSeconds()))
                        .toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> all.stream().map(CompletableFuture::join).toList());
    }

    private static Duration holds(Gate gate) {
        return switch (gate) {
            case PUBLIC -> PUBLIC_HOLDS;
            case ABSENT -> ABSENT_HOLDS;
            case OTHER -> OTHER_HOLDS;
            case UNKNOWN, PARTLY -> Duration.ZERO;
        };
    }
}
