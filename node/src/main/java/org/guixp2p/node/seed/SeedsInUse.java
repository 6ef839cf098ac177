// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.protocol.item.NarHash;
import org.jspecify.annotations.Nullable;

/**
 * The actors of what is in use, within bounds: those that were asked longest ago are put away. Part of the {@link Seeds} actor,
 * on its thread.
 *
 * <p>A seed weighs from when it begins to open its NAR until it has ended. What the index of a tree takes is not known before
 * it is there, so trees are opened one after another, and each only when what is there is within the bound.
 */
final class SeedsInUse {
    /**
     * What may be in use at a time.
     *
     * @param seeds how many
     * @param memory of all their indices and manifests, in bytes; the index of a single tree may come on top
     * @param opened memory for items of the store that were opened, in use or not, in bytes
     */
    record Bounds(int seeds, long memory, long opened) {
        /** Each holds a file, or an index of a tree: peers that ask for everything must not exhaust them. */
        private static final int MOST = 256;

        static Bounds of(MemoryShares memory) {
            return new Bounds(MOST, memory.of(MemoryShares.Holder.SEEDS),
                    memory.of(MemoryShares.Holder.OPENED));
        }
    }

    private static final class InUse {
        private final NarHash hash;
        private final ActorRef<Seed.Command> seed;
        /** Before it was opened; nothing when nobody can tell. */
        private final OptionalLong expected;
        /** In bytes; none before it begins to open its NAR. */
        private long memory;

        private InUse(NarHash hash, ActorRef<Seed.Command> seed, OptionalLong expected) {
            this.hash = hash;
            this.seed = seed;
            this.expected = expected;
        }
    }

    private final Bounds bounds;
    /** The one that was asked longest ago first. */
    private final LinkedHashMap<NarHash, InUse> inUse = new LinkedHashMap<>(16, 0.75f, true);
    /** Those that were put away, and finish what they were asked, too. */
    private final Map<ActorRef<Seed.Command>, InUse> alive = new HashMap<>();
    private final List<InUse> waiting = new ArrayList<>();
    private @Nullable InUse tree;
    private long memory;

    SeedsInUse(Bounds bounds) {
        this.bounds = bounds;
    }

    /**
     * The seed of a NAR, who is about to be asked.
     *
     * @param fresh starts it when there is none
     * @param expected what it will take of the heap, in bytes; nothing when nobody can tell
     */
    ActorRef<Seed.Command> use(NarHash hash, Supplier<ActorRef<Seed.Command>> fresh, OptionalLong expected) {
        InUse there = inUse.get(hash);
        if (there != null) {
            return there.seed;
        }
        InUse begun = new InUse(hash, fresh.get(), expected);
        inUse.put(hash, begun);
        alive.put(begun.seed, begun);
        waiting.add(begun);
        while (inUse.size() > bounds.seeds()) {
            putAway(inUse.firstEntry().getKey());
        }
        openNext();
        return begun.seed;
    }

    boolean isInUse(NarHash hash, ActorRef<Seed.Command> seed) {
        InUse there = inUse.get(hash);
        return there != null && there.seed.equals(seed);
    }

    /** Whether somebody is at a NAR; also one who was put away, and finishes what he was asked. */
    boolean isRead(NarHash hash) {
        return alive.values().stream().anyMatch(seed -> seed.hash.equals(hash));
    }

    /** A seed has opened its NAR, or failed to. */
    void weighed(ActorRef<Seed.Command> seed, long bytes) {
        InUse there = alive.get(seed);
        if (there != null) {
            weigh(there, bytes);
            tree = there == tree ? null : tree;
            openNext();
        }
    }

    private void weigh(InUse seed, long bytes) {
        memory += bytes - seed.memory;
        seed.memory = bytes;
    }

    void ended(ActorRef<Seed.Command> seed) {
        InUse gone = alive.remove(seed);
        if (gone != null) {
            inUse.remove(gone.hash, gone);
            waiting.remove(gone);
            weigh(gone, 0);
            tree = gone == tree ? null : tree;
            openNext();
        }
    }

    /** Has a seed finish what it was asked, and forgets it. */
    void putAway(NarHash hash) {
        InUse there = inUse.remove(hash);
        if (there != null) {
            there.seed.tell(new Seed.Stop());
        }
    }

    private void openNext() {
        makeRoom();
        for (Iterator<InUse> all = waiting.iterator(); all.hasNext();) {
            InUse next = all.next();
            boolean room = memory == 0 || memory + next.expected.orElse(0) <= bounds.memory();
            if (room && (next.expected.isPresent() || tree == null)) {
                all.remove();
                tree = next.expected.isPresent() ? tree : next;
                weigh(next, next.expected.orElse(0));
                next.seed.tell(new Seed.Open());
            }
        }
    }

    /** The last one stays, whatever it takes, unless another one is asked for. */
    private void makeRoom() {
        long wanted = waiting.isEmpty() ? 0 : waiting.getFirst().expected.orElse(0);
        if (memory + wanted <= bounds.memory()) {
            return;
        }
        long used = inUse.values().stream().mapToLong(seed -> seed.memory).sum();
        List<InUse> opened = inUse.values().stream().filter(seed -> seed.memory > 0).toList();
        int most = waiting.isEmpty() ? opened.size() - 1 : opened.size();
        for (int i = 0; i < most && used + wanted > bounds.memory(); i++) {
            used -= opened.get(i).memory;
            putAway(opened.get(i).hash);
        }
    }
}
