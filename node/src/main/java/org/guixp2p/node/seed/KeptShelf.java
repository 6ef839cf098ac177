// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.guixp2p.node.config.SeedQuota;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.nar.Demand;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All NARs that this node keeps, public or not, within a quota: what others would miss least makes room
 * ({@link EvictionOrder}). Nothing counts but files that the node itself has kept, and none but those is removed. Safe for
 * several threads; its methods block unless they say otherwise, and {@link Seeds} must not wait for them.
 */
public final class KeptShelf {
    private static final Logger LOG = LoggerFactory.getLogger(KeptShelf.class);
    /** Finding out how many others have something takes a while: the least wanted ones are looked at, so many at a time. */
    private static final int LOOKED_AT = 256;
    private static final int ASKED_ABOUT = 1_000;
    private static final long ANSWER_SECONDS = 10;

    /**
     * What decides.
     *
     * @param free how many bytes the disk has left
     * @param demand what was given to others
     * @param others how many are known to have a NAR besides this node
     * @param lasting what the user wants to go last
     */
    public record Policy(SeedQuota quota, LongSupplier free, Demand demand, ToIntFunction<NarHash> others,
            Predicate<StorePath> lasting) {}

    /** Offers to others what is kept; does not block. */
    public interface Offering {
        /**
         * A NAR is to be offered no more, so that it can be removed.
         *
         * @param evenInUse whether somebody may be reading it
         * @return whether that is so now: it is not when somebody reads it
         */
        CompletionStage<Boolean> letGo(NarHash nar, boolean evenInUse);

        /**
         * Which of these nobody would miss: they are offered to nobody, or would be offered all the same if they were not kept. Those
         * of which that is not known are not among them.
         */
        CompletionStage<Set<NarHash>> spare(Set<NarHash> nars);

        /** It could not be removed, and may be offered as before. */
        void giveBack(Seeds.Unproven nar);
    }

    private final Policy policy;
    private final Offering offering;
    private final Map<NarHash, Seeds.Unproven> kept = new ConcurrentHashMap<>();
    /** What those take of the disk, in bytes: to sum them up whenever one is kept takes longer the more there are. */
    private final AtomicLong bytes = new AtomicLong();
    /** What was withdrawn, for whatever reason: it may have been removed since. */
    private final Queue<NarHash> doubtful = new ConcurrentLinkedQueue<>();

    /** An empty one. */
    public KeptShelf(Policy policy, Offering offering) {
        this.policy = policy;
        this.offering = offering;
    }

    /** A NAR was kept. Does not block. */
    public void add(StorePath path, KeptNar nar) {
        Seeds.Unproven now = new Seeds.Unproven(path, nar);
        count(kept.put(nar.hash(), now), now);
    }

    /** What earlier runs kept; of what is more than may be kept by now, some goes. */
    public void found(Collection<Seeds.Unproven> nars) {
        for (Seeds.Unproven nar : nars) {
            if (kept.putIfAbsent(nar.nar().hash(), nar) == null) {
                count(null, nar);
            }
        }
        trim();
    }

    /** A NAR is offered no more; it may be gone. Does not block. */
    public void withdrawn(NarHash nar) {
        doubtful.add(nar);
    }

    /** One is gone, unless another was kept in its place. Does not block. */
    public void lost(KeptNar nar) {
        find(nar.hash()).filter(there -> Objects.equals(there.nar().key(), nar.key())).ifPresent(this::forget);
    }

    /** What is kept. Does not block. */
    public List<Seeds.Unproven> all() {
        return List.copyOf(kept.values());
    }

    /** One of them. Does not block. */
    public Optional<Seeds.Unproven> find(NarHash nar) {
        return Optional.ofNullable(kept.get(nar));
    }

    /** What all of them take of the disk, in bytes. Does not block. */
    public long bytes() {
        return bytes.get();
    }

    /** One came in the place of another, or of none; or none in its place. */
    private void count(Seeds.@Nullable Unproven before, Seeds.@Nullable Unproven now) {
        bytes.addAndGet(bytesOnDisk(now) - bytesOnDisk(before));
    }

    private static long bytesOnDisk(Seeds.@Nullable Unproven nar) {
        return nar == null ? 0 : nar.nar().bytesOnDisk();
    }

    /** Removes what is more than may be kept by now: others write to the disk too. */
    public synchronized void trim() {
        checkDoubtful();
        evict(policy.quota().bytes(policy.free().getAsLong(), bytes()), Optional.empty());
    }

    /**
     * Makes room for a NAR that was fetched, whose file lies on the same disk already, and is to be kept.
     *
     * @return why it is not to be kept, in words for people; nothing when it is
     */
    public synchronized Optional<String> makeRoom(NarHash hash, NarSize size) {
        checkDoubtful();
        long wanted = KeptNar.bytesOnDisk(size);
        long bound = policy.quota().bytes(policy.free().getAsLong() + wanted, bytes());
        if (wanted > bound) {
            return Optional.of("it would take " + wanted + " bytes, and all that is kept may take " + bound
                    + " (seed_quota, seed_disk_share)");
        }
        return evict(bound - wanted, Optional.of(hash))
                ? Optional.empty()
                : Optional.of("what is in use leaves no room for it (seed_quota, seed_disk_share)");
    }

    /** Some may be gone since: a damaged one is removed by whoever finds that out. */
    private void checkDoubtful() {
        for (NarHash hash = doubtful.poll(); hash != null; hash = doubtful.poll()) {
            Seeds.Unproven nar = kept.get(hash);
            if (nar != null && !nar.nar().isThere()) {
                forget(nar);
            }
        }
    }

    /**
     * Removes what others would miss least, until the rest takes no more than {@code most} bytes.
     *
     * @param replaced stays, and does not count: another one takes its place
     */
    private boolean evict(long most, Optional<NarHash> replaced) {
        long left = bytes() - replaced.flatMap(this::find).map(nar -> nar.nar().bytesOnDisk()).orElse(0L);
        if (left <= most) {
            return true;
        }
        Set<NarHash> spare = spare();
        Deque<EvictionOrder.Kept> likely = new ArrayDeque<>(
                kept.values().stream().filter(nar -> !replaced.equals(Optional.of(nar.nar().hash())))
                        .map(nar -> weigh(nar, 0, spare)).sorted(EvictionOrder.LIKELY_FIRST).toList());
        while (left > most && !likely.isEmpty()) {
            for (Seeds.Unproven next : firstToGo(likely, spare)) {
                if (left > most && remove(next, false)) {
                    left -= next.nar().bytesOnDisk();
                }
            }
        }
        return left <= most;
    }

    /** Takes some of the likely ones, and orders them by all that is known. */
    private List<Seeds.Unproven> firstToGo(Deque<EvictionOrder.Kept> likely, Set<NarHash> spare) {
        List<Seeds.Unproven> some = likely.stream().limit(LOOKED_AT).flatMap(nar -> find(nar.hash()).stream()).toList();
        for (int i = Math.min(LOOKED_AT, likely.size()); i > 0; i--) {
            likely.remove();
        }
        return some.stream().map(nar -> weigh(nar, policy.others().applyAsInt(nar.nar().hash()), spare))
                .sorted(EvictionOrder.FIRST_TO_GO).flatMap(nar -> find(nar.hash()).stream()).toList();
    }

    private EvictionOrder.Kept weigh(Seeds.Unproven nar, int others, Set<NarHash> spare) {
        NarHash hash = nar.nar().hash();
        var given = policy.demand().last(hash);
        return new EvictionOrder.Kept(hash, policy.demand().lately(hash) / Math.max(1, nar.nar().size().bytes()),
                others, policy.lasting().test(nar.path()), spare.contains(hash),
                given.isAfter(nar.nar().written()) ? given : nar.nar().written());
    }

    /**
     * Removes one of them because the user wants it, whoever reads it.
     *
     * @return whether it is gone; what failed is said in the log
     */
    public synchronized boolean remove(NarHash nar) {
        Seeds.Unproven there = kept.get(nar);
        return there != null && remove(there, true);
    }

    private boolean remove(Seeds.Unproven which, boolean evenInUse) {
        KeptNar nar = which.nar();
        if (!letGo(nar.hash(), evenInUse)) {
            return false;
        }
        try {
            nar.delete();
        } catch (IOException e) {
            LOG.warn("{} cannot be removed from what is kept: {}", which.path(), IoWords.of(e, Path.of("nars")));
            if (nar.isThere()) {
                offering.giveBack(which);
                return false;
            }
        }
        forget(which);
        LOG.info("{} ({} bytes) is not kept any more: {}", which.path(), nar.size(),
                evenInUse ? "the user has removed it" : "room is wanted");
        return true;
    }

    /** One is gone, unless another was kept in its place. */
    private void forget(Seeds.Unproven nar) {
        if (kept.remove(nar.nar().hash(), nar)) {
            count(nar, null);
        }
    }

    private boolean letGo(NarHash nar, boolean evenInUse) {
        return answer(offering.letGo(nar, evenInUse), failure -> {
            LOG.warn("kept NAR {} stays: {}", nar.base32(), failure);
            return false;
        });
    }

    /** Peers wait for whoever answers: it is not asked of all at once. */
    private Set<NarHash> spare() {
        List<NarHash> all = List.copyOf(kept.keySet());
        Set<NarHash> spare = new HashSet<>();
        for (int from = 0; from < all.size(); from += ASKED_ABOUT) {
            Set<NarHash> some = Set.copyOf(all.subList(from, Math.min(from + ASKED_ABOUT, all.size())));
            Optional<Set<NarHash>> found = answer(offering.spare(some).thenApply(Optional::of), failure -> {
                LOG.debug("it is not known what is offered from elsewhere: {}", failure);
                return Optional.empty();
            });
            if (found.isEmpty()) {
                break;
            }
            spare.addAll(found.get());
        }
        return spare;
    }

    /** @param otherwise what it is taken for when there is none, by what failed */
    private static <T> T answer(CompletionStage<T> coming, Function<String, T> otherwise) {
        try {
            return coming.toCompletableFuture().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return otherwise.apply(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return otherwise.apply(e.toString());
        }
    }
}
