// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.guixp2p.api.Page;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.store.OfferedStore;
import org.guixp2p.node.store.StoreNotKnownException;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;

/** What is offered, page by page, with a store of many items. */
class SeedPagesTest {
    private static final int PAGE = 500;
    private static final int ITEMS = 1234;

    private static StorePath path(long id) {
        byte[] hash = Sha256.hash(("p" + id).getBytes(StandardCharsets.UTF_8)).bytes();
        return new StorePath(NixBase32.encode(Arrays.copyOf(hash, 20)) + "-item-" + id);
    }

    private static NarHash nar(long id) {
        return new NarHash(Sha256.hash(("n" + id).getBytes(StandardCharsets.UTF_8)));
    }

    /** Has items of the ids from 1 on. */
    private static final class Store implements OfferedStore {
        private int asked;
        private boolean known = true;
        private IOException failure = new StoreNotKnownException();

        @Override
        public CompletionStage<Page> page(long after) {
            asked++;
            if (!known) {
                return CompletableFuture.failedFuture(failure);
            }
            List<ValidItem> items = LongStream.rangeClosed(Math.max(1, after + 1), ITEMS).limit(PAGE)
                    .mapToObj(id -> new ValidItem(id, SeedPagesTest.path(id), nar(id), new NarSize(100), 1)).toList();
            return CompletableFuture.completedFuture(new Page(items,
                    items.isEmpty() ? OptionalLong.empty() : OptionalLong.of(items.getLast().id())));
        }

        @Override
        public CompletionStage<Integer> count(Set<NarHash> others) {
            return known
                    ? CompletableFuture.completedFuture((int) LongStream.rangeClosed(1, ITEMS)
                            .filter(id -> !others.contains(nar(id))).count())
                    : CompletableFuture.failedFuture(failure);
        }

        @Override
        public CompletionStage<List<ValidItem>> find(StorePath path) {
            throw new AssertionError("not asked here");
        }

        @Override
        public CompletionStage<Set<ValidItem>> offered(Collection<ValidItem> items) {
            throw new AssertionError("not asked here");
        }

        @Override
        public CompletionStage<Set<NarHash>> whole(Set<NarHash> nars) {
            throw new AssertionError("not asked here");
        }

        @Override
        public CompletionStage<List<ValidItem>> find(NarHash nar) {
            throw new AssertionError("not asked here");
        }

        @Override
        public CompletionStage<List<ValidItem>> findDoubtful(StorePath path) {
            throw new AssertionError("not asked here");
        }

        @Override
        public CompletionStage<List<ValidItem>> findDoubtful(NarHash nar) {
            throw new AssertionError("not asked here");
        }

        @Override
        public Optional<String> verify(ValidItem item) {
            throw new AssertionError("not asked here");
        }

        @Override
        public CompletionStage<List<StorePath>> exclude(StorePath path) {
            throw new AssertionError("not asked here");
        }

        @Override
        public CompletionStage<List<StorePath>> exclude(NarHash nar) {
            throw new AssertionError("not asked here");
        }

        @Override
        public CompletionStage<Void> include(StorePath path) {
            throw new AssertionError("not asked here");
        }
    }

    private final Store store = new Store();
    private final SeedPages pages = new SeedPages(Optional.of(store));
    /** The first is named, the second is of the store and open, the third is hashed, and is an item of the store's too. */
    private final List<SeedStatus> described = List.of(seed(5000, "kept", "offered", 7),
            seed(2, "registered", "offered", 9),
            new SeedStatus(path(3).path(), "", -1, "store", "hashing", 0), seed(4, "store", "offered", 1),
            seed(5001, "kept", "unproven", 0));

    /** The same. */
    private static final Seeds.Counted COUNTED = new Seeds.Counted(Set.of(nar(5000), nar(4)), 1);

    private static SeedStatus seed(long id, String source, String state, long served) {
        return new SeedStatus(path(id).path(), nar(id).toString(), 100, source, state, served);
    }

    private final SeedPages.Known known = new SeedPages.Known() {
        private boolean isNamed(SeedStatus seed) {
            return !seed.source().equals("registered");
        }

        @Override
        public CompletionStage<Page<SeedStatus>> named(Page.Wanted wanted) {
            return CompletableFuture.completedFuture(Page.of(described.stream().filter(this::isNamed).toList(),
                    SeedStatus::storePath, String::compareTo, wanted));
        }

        @Override
        public CompletionStage<List<SeedStatus>> ofStore(List<ValidItem> items) {
            looked += items.size();
            return CompletableFuture.completedFuture(items.stream().flatMap(item -> {
                List<SeedStatus> those = described.stream()
                        .filter(seed -> seed.storePath().equals(item.path().path())).toList();
                return those.isEmpty()
                        ? Stream.of(new SeedStatus(item.path().path(), item.hash().toString(), item.size().bytes(),
                                "registered", "offered", 0))
                        : those.stream().filter(seed -> !isNamed(seed));
            }).toList());
        }
    };
    private int looked;

    private List<SeedStatus> all(int limit) {
        List<SeedStatus> all = new ArrayList<>();
        Optional<String> after = Optional.empty();
        do {
            Page<SeedStatus> page = Eventually.get(pages.page(known, new Page.Wanted(after, limit)));
            assertTrue(page.items().size() <= limit);
            all.addAll(page.items());
            after = page.next();
        } while (after.isPresent());
        return all;
    }

    @Test
    void everythingComesOnceHoweverLargeThePagesAre() {
        for (int limit : new int[]{3, 4, 100, 499, 500}) {
            List<SeedStatus> all = all(limit);
            // What the store has, and what it does not have.
            assertEquals(ITEMS + 2, all.size(), "of pages of " + limit);
            assertEquals(ITEMS + 2, new HashSet<>(all.stream().map(SeedStatus::storePath).toList()).size());
            assertTrue(all.subList(0, 4).stream().noneMatch(seed -> seed.source().equals("registered")));
            assertEquals(9, all.stream().filter(seed -> seed.storePath().equals(path(2).path())).findFirst()
                    .orElseThrow().blocksServed());
        }
    }

    @Test
    void noMoreOfTheStoreIsReadThanIsWanted() {
        var _ = Eventually.get(pages.page(known, new Page.Wanted(Optional.empty(), 10)));
        assertEquals(1, store.asked);
        assertEquals(6, looked);
        var _ = Eventually.get(pages.page(known, new Page.Wanted(Optional.of("store:700"), 10)));
        assertEquals(2, store.asked);
        var _ = Eventually.get(pages.page(known, new Page.Wanted(Optional.empty(), 3)));
        assertEquals(2, store.asked);
    }

    @Test
    void whatIsNamedAndOfTheStoreCountsOnce() {
        assertEquals(ITEMS + 1, Eventually.get(pages.count(COUNTED)));
        assertEquals(3, Eventually.get(new SeedPages(Optional.empty()).count(COUNTED)));
    }

    @Test
    void untilItIsKnownWhatTheStoreHasTheRestIsThere() {
        store.known = false;
        assertEquals(2, Eventually.get(pages.count(COUNTED)));
        Page<SeedStatus> page = Eventually.get(pages.page(known, new Page.Wanted(Optional.empty(), 100)));
        assertEquals(4, page.items().size());
        assertEquals(Optional.empty(), page.next());
    }

    /** It would look like the end. */
    @Test
    void aPageThatCannotBeReadFails() {
        store.known = false;
        assertFails("store:700");
        store.failure = new IOException("the disk is broken");
        assertFails("store:700");
        assertFails("store:");
        // How the node is doing is said all the same.
        assertEquals(2, Eventually.get(pages.count(COUNTED)));
    }

    private void assertFails(String after) {
        var page = pages.page(known, new Page.Wanted(Optional.of(after), 100)).toCompletableFuture();
        assertSame(store.failure, assertThrows(CompletionException.class, page::join).getCause());
    }
}
