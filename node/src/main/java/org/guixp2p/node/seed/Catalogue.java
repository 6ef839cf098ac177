// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.guixp2p.api.SeedStatus;
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

    /** A NAR that is offered, and where it is read. */
    static final class Entry {
        private final StorePath path;
        private final Seeds.Offered offered;
        private final NarOrigin origin;
        private final boolean first;
        private long blocksServed;
        private volatile boolean isVerified;

        Entry(StorePath path, Seeds.Offered offered, NarOrigin origin) {
            this(path, offered, origin, false);
        }

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

        /** All bytes that lie here were seen to be those of the NAR, since the node has started; from any thread. */
        void verified() {
            isVerified = true;
        }

        /** The file with the NAR's bytes, if it lies here as one that was seen to be right. */
        Optional<Path> verifiedFile() {
            return isVerified ? origin.file() : Optional.empty();
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
    /** The NARs of what was named or kept, until one of them comes or goes: there may be 100,000, and somebody asks each second. */
    private @Nullable Set<NarHash> named;
    /** What is not offered, each with its state in words. */
    private final Map<StorePath, String> others = new TreeMap<>();

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
     * From now on this is offered, unless its NAR is already.
     *
     * @return whether it was not
     */
    boolean add(Entry entry) {
        others.remove(entry.path);
        boolean fresh = entries.putIfAbsent(entry.offered.hash(), entry) == null;
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

    /** One that was kept is public by its signature; a build of the user's own must not hide it. */
    private void index(Entry entry) {
        byItem.merge(ItemKey.of(entry.path), entry, (before, other) -> before.origin instanceof NarOrigin.Kept
                ? before
                : other);
    }

    /** Of another NAR of the same item peers hear from now on, if there is one. */
    private void removeFromIndex(Entry gone) {
        if (byItem.remove(ItemKey.of(gone.path), gone)) {
            entries.values().stream().filter(entry -> entry.path.equals(gone.path)).forEach(this::index);
        }
    }

    /** From now on this is offered, in place of another one with the same NAR, and counts on from there. */
    void replace(Entry before, Entry entry) {
        others.remove(entry.path);
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
        others.put(path, state);
    }

    /**
     * The user does not want an item to be offered any more that he had named.
     *
     * @return what is offered by that name, and is to be removed
     */
    Optional<Entry> unname(StorePath path) {
        others.remove(path);
        return entries.values().stream()
                .filter(entry -> entry.path.equals(path) && entry.origin instanceof NarOrigin.InStore).findFirst();
    }

    /**
     * All of it, by store path.
     *
     * @param unproven what else there is, of which nobody knows yet whether it may be given to others
     */
    List<SeedStatus> describe(Collection<Seeds.Unproven> unproven) {
        Map<StorePath, SeedStatus> all = new TreeMap<>();
        entries.values().forEach(entry -> all.put(entry.path, new SeedStatus(entry.path.path(),
                entry.offered.hash().toString(), entry.offered.size().bytes(), entry.origin.name(), "offered",
                entry.blocksServed)));
        unproven.forEach(kept -> all.putIfAbsent(kept.path(), new SeedStatus(kept.path().path(),
                kept.nar().hash().toString(), kept.nar().size().bytes(), "kept", "unproven", 0)));
        others.forEach((path, state) -> all.put(path, new SeedStatus(path.path(), "", -1, "store", state, 0)));
        return List.copyOf(all.values());
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
