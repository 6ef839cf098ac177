// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/**
 * What of the store is offered, as the user asks for it. What cannot be done fails, in words for people; with a
 * {@link StoreNotKnownException} at the beginning.
 */
public interface OfferedStore {
    /**
     * Some of the items that are offered.
     *
     * @param next after which id it goes on; nothing at the end
     */
    record Page(List<ValidItem> items, OptionalLong next) {
        public Page {
            items = List.copyOf(items);
        }
    }

    /** Those after an id, some at a time: there may be hundreds of thousands. */
    CompletionStage<Page> page(long after);

    /** All of them, read as they are needed, until it is over; blocks while it is read, and throws what {@link #page} fails with. */
    default Stream<ValidItem> all(BooleanSupplier over) {
        return Stream.iterate(Optional.of(page(Long.MIN_VALUE).toCompletableFuture().join()), Optional::isPresent,
                before -> before.filter(page -> page.next().isPresent() && !over.getAsBoolean())
                        .map(page -> page(page.next().getAsLong()).toCompletableFuture().join()))
                .flatMap(page -> page.stream().flatMap(some -> some.items().stream()));
    }

    /** How many items are offered whose NAR is not one of these. */
    CompletionStage<Integer> count(Set<NarHash> others);

    /** An item, if it is offered. */
    CompletionStage<List<ValidItem>> find(StorePath path);

    /** Those of these items that are offered, which does not take the database. */
    CompletionStage<Set<ValidItem>> offered(Collection<ValidItem> items);

    /** Those of these NARs that are offered of an item whose tree was seen to be whole. Peers wait meanwhile: a thousand are many. */
    CompletionStage<Set<NarHash>> whole(Set<NarHash> nars);

    /** The items with this NAR that are offered. */
    CompletionStage<List<ValidItem>> find(NarHash nar);

    /** An item, if it is offered, or would be if its tree were found to be whole. */
    CompletionStage<List<ValidItem>> findDoubtful(StorePath path);

    /** Likewise the items with this NAR. */
    CompletionStage<List<ValidItem>> findDoubtful(NarHash nar);

    /**
     * Reads all of an item; one that is not what was registered is offered no more, and one that is, is from then on. Blocks, for as long as that takes.
     *
     * @return what is wrong, in words for people
     * @throws NoSuchElementException when it was collected meanwhile
     * @throws IOException when it cannot be told for now
     */
    Optional<String> verify(ValidItem item) throws IOException;

    /**
     * Keeps an item back, also after a restart, and also when the store does not have it yet; completes with its path, if it
     * was offered, or that is not known yet.
     */
    CompletionStage<List<StorePath>> exclude(StorePath path);

    /** Keeps all items back that have this NAR, now or later; completes with the paths of those that were offered. */
    CompletionStage<List<StorePath>> exclude(NarHash nar);

    /** Keeps an item back no more, nor its NAR, of whatever item: it is offered again once the store was looked at. */
    CompletionStage<Void> include(StorePath path);
}
