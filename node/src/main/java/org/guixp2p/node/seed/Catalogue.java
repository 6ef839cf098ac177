// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.api.Page;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.ItemKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is offered, and what has become of the other items that the user named. Part of the {@link Seeds} actor, on its thread.
 */
final class Catalogue {
    private static final Logger LOG = LoggerFactory.getLogger(Catalogue.class);
    private static final String OFFERED = "offered";

    /**
     * A file that was seen to be right.
     *
     * @param since none of its bytes before that
     */
    record VerifiedFile(Path file, Instant since) {}

    /** A NAR that is offered, and where it is read. */
    static final class Entry {
        private final StorePath path;
        private final Seeds.Offered offered;
        private final NarOrigin origin;
        private final boolean first;
        private long blocksServed;
        private @Nullable Instant verified;

        /** @param first whether it is worth telling of before others */
        Entry(StorePath path, Seeds.Offered offered, NarOrigin origin, boolean first) {
            this.path = path;
            this.offered = offered;
            this.origin = origin;
            this.first = first;
        }

        StorePath path() {
            return path;
        }

        Seeds.Offered offered() {
            return offered;
        }

        NarOrigin origin() {
            return origin;
        }

        /** All bytes that lie here were seen to be those of the NAR, none of them before {@code since}; from any thread. */
        synchronized void verified(Instant since) {
            verified = since;
        }

        /**
         * That they were seen to be right since then says nothing any more; from any thread.
         *
         * @return whether it said something until now: else somebody has doubted it already, or they were looked at anew meanwhile
         */
        synchronized boolean doubted(Instant since) {
            boolean counts = since.equals(verified);
            if (counts) {
                verified = null;
            }
            return counts;
        }

        /** The file with the NAR's bytes, if it lies here as one that was seen to be right. */
        synchronized Optional<VerifiedFile> verifiedFile() {
            Instant since = verified;
            return since == null ? Optional.empty() : origin.file().map(file -> new VerifiedFile(file, since));
        }

        /** Somebody is given a block; how many that makes. */
        long countBlock() {
            return ++blocksServed;
        }

        /** How many blocks were given, and those that count as given. */
        long worth() {
            return blocksServed + headStart(offered.size(), first);
        }

        /** It is not what was hashed. Blocks; what fails is said in the log. */
        void disown() {
            try {
                origin.disown();
            } catch (IOException e) {
                LOG.warn("{}: {}", path, e.toString());
            }
        }
    }

    /** What is to be told of first counts as if the whole had been given once. */
    static long headStart(NarSize size, boolean first) {
        return first ? new BlockLayout(size).count() : 0;
    }

    private final Map<NarHash, Entry> entries = new HashMap<>();
    private final Map<ItemKey, Entry> byItem = new HashMap<>();
    /** What was named or kept. */
    private final ByPath<Entry> ofUser = new ByPath<>();
    /** The others. */
    private final ByPath<Entry> ofStore = new ByPath<>();
    /** The NARs of what was named or kept, until one of them comes or goes: there may be 100,000, and somebody asks each second. */
    private @Nullable Set<NarHash> named;
    /** What is not offered, each with its state in words. */
    private final ByPath<String> others = new ByPath<>();

    private final OpenedItems opened;

    /** @param opened has those that go first when there are too many */
    Catalogue(OpenedItems opened) {
        this.opened = opened;
    }

    Optional<Entry> find(NarHash hash) {
        opened.asked(hash);
        return Optional.ofNullable(entries.get(hash));
    }

    /** An item of which a NAR is offered. */
    Optional<Entry> find(ItemKey item) {
        return Optional.ofNullable(byItem.get(item));
    }

    /**
     * From now on this is offered, unless its NAR is already. What the user named takes the place of what nobody did.
     *
     * @return whether it was not
     */
    boolean add(Entry entry) {
        forget(entry.path);
        Entry before = entries.putIfAbsent(entry.offered.hash(), entry);
        boolean fresh = before == null;
        if (before != null && before.origin instanceof NarOrigin.Registered
                && entry.origin instanceof NarOrigin.InStore) {
            replace(before, entry);
        }
        if (fresh) {
            change(entry);
            index(entry);
            if (entry.origin instanceof NarOrigin.Registered) {
                opened.add(entry).forEach(this::remove);
            }
        }
        return fresh;
    }

    private void change(Entry entry) {
        if (!(entry.origin instanceof NarOrigin.Registered)) {
            named = null;
        }
    }

    private ByPath<Entry> byPath(Entry entry) {
        return entry.origin instanceof NarOrigin.Registered ? ofStore : ofUser;
    }

    private void index(Entry entry) {
        byPath(entry).add(entry.path, entry);
        find(entry);
    }

    /** One that was kept is public by its signature; a build of the user's own must not hide it. */
    private void find(Entry entry) {
        byItem.merge(ItemKey.of(entry.path), entry, (before, other) -> before.origin instanceof NarOrigin.Kept
                ? before
                : other);
    }

    /** Of another NAR of the same item peers hear from now on, if there is one. */
    private void removeFromIndex(Entry gone) {
        byPath(gone).remove(gone.path, gone);
        if (byItem.remove(ItemKey.of(gone.path), gone)) {
            Stream.concat(ofUser.of(gone.path).stream(), ofStore.of(gone.path).stream()).forEach(this::find);
        }
    }

    /** From now on this is offered, in place of another one with the same NAR, and counts on from there. */
    void replace(Entry before, Entry entry) {
        forget(entry.path);
        entry.blocksServed = before.blocksServed;
        entries.put(entry.offered.hash(), entry);
        change(before);
        change(entry);
        opened.remove(before);
        removeFromIndex(before);
        index(entry);
    }

    /**
     * It is offered no more.
     *
     * @return whether it was
     */
    boolean remove(Entry entry) {
        boolean removed = entries.remove(entry.offered.hash(), entry);
        change(entry);
        opened.remove(entry);
        removeFromIndex(entry);
        return removed;
    }

    /** Says why an item that the user named is not offered, in words for the user. */
    void note(StorePath path, String state) {
        forget(path);
        others.add(path, state);
    }

    private void forget(StorePath path) {
        others.of(path).forEach(state -> others.remove(path, state));
    }

    /**
     * An item that the user named is not to be offered any more.
     *
     * @return what is offered by that name, and is to be removed
     */
    Optional<Entry> unname(StorePath path) {
        forget(path);
        return ofUser.of(path).stream().filter(entry -> entry.origin instanceof NarOrigin.InStore).findFirst();
    }

    /** Whether a NAR is offered because the user named this very item. */
    boolean isNamed(NarHash hash, StorePath path) {
        return isNamed(hash) && Objects.requireNonNull(entries.get(hash)).path.equals(path);
    }

    /** Whether a NAR is read from an item that the user named. */
    boolean isNamed(NarHash hash) {
        Entry entry = entries.get(hash);
        return entry != null && entry.origin instanceof NarOrigin.InStore;
    }

    /**
     * All of it, by store path.
     *
     * @param unproven what else there is, of which nobody knows yet whether it may be given to others
     */
    List<SeedStatus> describe(ByPath<Seeds.Unproven> unproven) {
        Map<String, SeedStatus> all = new TreeMap<>();
        ofStore.forFirst((name, entry) -> all.put(name, describe(entry)));
        ofUser.forFirst((name, entry) -> all.put(name, describe(entry)));
        unproven.forFirst((name, kept) -> all.putIfAbsent(name, describe(kept)));
        others.forFirst((name, state) -> all.put(name, describe(name, state)));
        return List.copyOf(all.values());
    }

    /** @param unproven as above */
    void list(Seeds.Listing part, KeptEarlier unproven) {
        switch (part) {
            case SeedList.Named some -> some.replyTo()
                    .tell(new SeedList.NamedPage(page(unproven.all(), some.wanted())));
            case SeedList.OfStore those -> those.replyTo().tell(new Seeds.Described(ofStore(those.items(), unproven)));
        }
    }

    /**
     * Some of what was named or kept, by store path. Nothing else is looked at.
     *
     * @param unproven as above
     */
    Page<SeedStatus> page(ByPath<Seeds.Unproven> unproven, Page.Wanted wanted) {
        List<String> next = Stream.of(ofUser, unproven, others)
                .flatMap(those -> those.names(wanted.after(), wanted.limit() + 1))
                .distinct().sorted().limit(wanted.limit() + 1L).toList();
        List<SeedStatus> items = next.stream().limit(wanted.limit()).map(name -> describe(name, unproven)).toList();
        return new Page<>(items,
                next.size() > items.size() ? Optional.of(items.getLast().storePath()) : Optional.empty());
    }

    /**
     * Items of the store, but for those that are among what was named or kept, by their names or their NARs.
     *
     * @param unproven as above
     */
    private List<SeedStatus> ofStore(List<ValidItem> items, KeptEarlier unproven) {
        return items.stream().filter(item -> !isOfUser(item, unproven)).map(item -> {
            Entry open = entries.get(item.hash());
            return new SeedStatus(item.path().path(), item.hash().toString(), item.size().bytes(), NarOrigin.REGISTERED,
                    OFFERED, open != null && open.path.equals(item.path()) ? open.blocksServed : 0);
        }).toList();
    }

    private boolean isOfUser(ValidItem item, KeptEarlier unproven) {
        Entry offered = entries.get(item.hash());
        return (offered != null && !(offered.origin instanceof NarOrigin.Registered))
                || unproven.has(item.hash())
                || Stream.of(ofUser, unproven.all(), others).anyMatch(those -> !those.of(item.path()).isEmpty());
    }

    /** What became of one that the user named comes before what is offered. */
    private SeedStatus describe(String name, ByPath<Seeds.Unproven> unproven) {
        return others.first(name).map(state -> describe(name, state))
                .or(() -> ofUser.first(name).map(Catalogue::describe))
                .orElseGet(() -> describe(unproven.first(name).orElseThrow()));
    }

    private static SeedStatus describe(String name, String state) {
        return new SeedStatus(StorePath.STORE + "/" + name, "", -1, "store", state, 0);
    }

    private static SeedStatus describe(Seeds.Unproven kept) {
        return new SeedStatus(kept.path().path(), kept.nar().hash().toString(), kept.nar().size().bytes(), "kept",
                "unproven", 0);
    }

    private static SeedStatus describe(Entry entry) {
        return new SeedStatus(entry.path.path(), entry.offered.hash().toString(), entry.offered.size().bytes(),
                entry.origin.name(), OFFERED, entry.blocksServed);
    }

    /** How many are offered. */
    Seeds.Counted count() {
        Set<NarHash> all = named;
        if (all == null) {
            all = entries.values().stream().filter(entry -> !(entry.origin instanceof NarOrigin.Registered))
                    .map(entry -> entry.offered.hash()).collect(Collectors.toUnmodifiableSet());
            named = all;
        }
        return new Seeds.Counted(all, entries.size() - all.size());
    }
}
