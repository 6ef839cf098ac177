// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.guixp2p.node.download.BlockSource.Request;

/**
 * Decides which block is asked of which source: no I/O, no clock and no chance of its own, one thread. Times are nanoseconds
 * since some start, not negative.
 *
 * <p>While a reader waits, blocks go out in the order in which it needs them; otherwise the rarest among relays (sources that
 * have a part, and get more of it as they go on) goes first, ties by chance. Where there are relays, rarest first gets their
 * share of the questions even while a reader waits. A source that has all is then asked, in this order, for what no relay has
 * and falls to this node ({@link #share}), for what no relay has, and for what relays have but cannot give now: so those who
 * fetch the same NAR hold different parts of it, feed each other, and together ask for each block about once. What such a
 * source owes, and a relay would have sooner, moves to the relay. How much each source may owe follows its {@link Pace}.
 *
 * <p>A block whose source fails, refuses, leaves or stalls goes back at once and is given to the next source that has it; one
 * that failed it is the last to be asked again. A block that its source owes for longer than its past answers let expect is
 * <em>hedged</em>: asked of another one too, up to a hundredth of the blocks. When nothing else is left (<em>endgame</em>), a
 * source is asked for what another one would most likely deliver later. The first answer counts.
 *
 * @param <S> what names a source; compared by {@code equals}
 */
public final class BlockScheduler<S> {
    /** All that is under way may have to wait in memory for a slow disk. */
    static final int MOST_UNDER_WAY = 256;

    private final int blocks;
    private final BlockSet everything;
    private final BlockSet nothing;
    private final BlockLedger<S> ledger;
    private final Rarity rarity;
    private final FirstSource<S> first;
    private final SecondSource<S> second;
    private final Map<S, BlockSource<S>> byId = new HashMap<>();
    private final List<BlockSource<S>> sources = new ArrayList<>();
    private final List<Slow<S>> slow = new ArrayList<>();
    /** Blocks from here on are asked of nobody yet. */
    private int horizon;
    /** Blocks that some relay has had at some time. */
    private final BitSet everAtRelay = new BitSet();
    private long watchedNanos = -1;
    private long delivered;

    /**
     * A block that is to be asked of a source.
     *
     * @param instead the source that owed it and does not any more, if any: it may be told not to send it
     */
    public record Ask<S>(int block, Reason reason, List<S> instead) {
        Ask(int block, Reason reason) {
            this(block, reason, List.of());
        }
    }

    /** Why it is asked. */
    public enum Reason {
        /** Nobody owes it. */
        FRESH,
        /** Its source is late. */
        HEDGE,
        /** A relay has it by now, and will have sent it sooner. */
        MOVE,
        /** Nothing else is left. */
        ENDGAME
    }

    /**
     * A source that keeps others waiting.
     *
     * @param stalled whether it has sent nothing for so long that it is not waited for; otherwise a block of it was late, and
     *        another source gave it first
     */
    record Slow<S>(S source, boolean stalled) {}

    /**
     * @param blocks how many blocks the NAR has
     * @param random what breaks ties
     */
    public BlockScheduler(int blocks, RandomGenerator random) {
        this.blocks = blocks;
        this.horizon = blocks;
        this.everything = BlockSet.all(blocks);
        this.nothing = BlockSet.none(blocks);
        this.ledger = new BlockLedger<>(blocks);
        this.rarity = new Rarity(blocks);
        this.first = new FirstSource<>(blocks, random, sources, ledger, rarity);
        this.second = new SecondSource<>(blocks, sources, ledger);
    }

    // Sources.

    /**
     * Adds a source that has every block; nothing happens when it is there.
     *
     * @param largestWindow how many blocks it may ever owe at a time
     */
    public void addComplete(S source, int largestWindow) {
        add(new BlockSource<>(source, everything, true, largestWindow, nothing));
    }

    /** Adds a source that has some blocks and may get more; nothing happens when it is there. */
    public void addRelay(S source, BitSet has, int largestWindow) {
        if (add(new BlockSource<>(source, BlockSet.none(blocks), false, largestWindow, nothing))) {
            first.news(Math.max(0, watchedNanos));
            for (int block = has.nextSetBit(0); block >= 0 && block < blocks; block = has.nextSetBit(block + 1)) {
                relayHas(source, block, true);
            }
        }
    }

    /** The blocks for which this node asks those who have all first, second, and so on; at the beginning, all first. */
    void share(List<BlockSet> mine) {
        first.share(mine);
    }

    /** Others may begin to fetch the same at this moment: the first questions go to blocks by chance. */
    void scatter() {
        first.scatter();
    }

    private boolean add(BlockSource<S> source) {
        if (byId.putIfAbsent(source.id, source) != null) {
            return false;
        }
        sources.add(source);
        return true;
    }

    /** A relay says of a block whether it has it by now. */
    public void relayHas(S source, int block, boolean has) {
        BlockSource<S> relay = byId.get(source);
        if (relay == null || relay.complete || relay.has.get(block) == has) {
            return;
        }
        if (has) {
            relay.has.set(block);
        } else {
            relay.has.clear(block);
        }
        rarity.count(block, has ? 1 : -1);
        // Whoever says now this and now that, or says and does not give, is no news.
        if (has && rarity.of(block) == 1 && !relay.isDoubtful() && !everAtRelay.get(block)) {
            everAtRelay.set(block);
            first.news(Math.max(0, watchedNanos));
        }
    }

    /** Takes a source away; what it owes goes back. Returns how many blocks went back. */
    int remove(S source) {
        BlockSource<S> gone = byId.remove(source);
        if (gone == null) {
            return 0;
        }
        sources.remove(gone);
        long before = ledger.requeued();
        for (Request<S> request = gone.oldest(); request != null; request = gone.oldest()) {
            ledger.giveBack(request);
        }
        if (!gone.complete) {
            int block = nextOf(gone.has, 0);
            while (block >= 0) {
                rarity.count(block, -1);
                block = nextOf(gone.has, block + 1);
            }
        }
        return (int) (ledger.requeued() - before);
    }

    private int nextOf(BlockSet set, int from) {
        return set.first(everything, everything, nothing, from, blocks);
    }

    // Which block next.

    /** Of blocks from {@code end} on nobody is asked for now: whoever reads is far behind. */
    void askBefore(int end) {
        horizon = Math.min(end, blocks);
        first.askBefore(horizon);
    }

    /** Whether nothing is under way and nothing is missing but what {@link #askBefore} keeps back. */
    boolean isHeldBack() {
        return horizon < blocks && ledger.underWay() == 0
                && ledger.open().first(everything, everything, nothing, 0, horizon) < 0;
    }

    /**
     * The next block to ask of {@code source}, which from now on owes it; empty when its window is full, it was told to
     * wait, or it has nothing that is wanted.
     *
     * @param readerWaits whether somebody waits for the first block that is missing
     */
    public Optional<Ask<S>> next(S source, long now, boolean readerWaits) {
        watch(now);
        BlockSource<S> asked = byId.get(source);
        if (asked == null || !asked.mayOwe(now)
                || (ledger.underWay() >= MOST_UNDER_WAY && asked.owed() >= Pace.SMALLEST_WINDOW)) {
            return Optional.empty();
        }
        // Whoever is only tried takes nothing from others.
        boolean tried = asked.isDoubtful();
        int late = tried ? -1 : second.hedge(asked, now, delivered);
        if (late >= 0) {
            return give(asked, late, Reason.HEDGE, List.of(), now);
        }
        int fresh = ledger.allGiven() ? -1 : first.choose(asked, now, readerWaits);
        if (fresh >= 0) {
            return give(asked, fresh, Reason.FRESH, List.of(), now);
        }
        Request<S> slow = tried || asked.complete ? null : second.move(asked, now);
        if (slow != null) {
            ledger.forget(slow);
            return give(asked, slow.block, Reason.MOVE, List.of(slow.source.id), now);
        }
        int race = !tried && nothingElse(readerWaits) ? second.endgame(asked, ledger.allGiven(), now) : -1;
        return race < 0 ? Optional.empty() : give(asked, race, Reason.ENDGAME, List.of(), now);
    }

    /** Whether all is under way that may be asked for: at the end, or where the reader has to get on first. */
    private boolean nothingElse(boolean readerWaits) {
        return ledger.allGiven() || (readerWaits && horizon < blocks
                && ledger.open().first(everything, everything, nothing, 0, horizon) < 0);
    }

    private Optional<Ask<S>> give(BlockSource<S> source, int block, Reason reason, List<S> instead, long now) {
        ledger.enter(source.ask(block, now));
        return Optional.of(new Ask<>(block, reason, instead));
    }

    /**
     * A source was asked for a block before it was known here whether it has it.
     *
     * @param since when it was asked
     * @return whether it owes the block from now on; false when that is there already, or another source owes it
     */
    boolean asked(S source, int block, long since) {
        BlockSource<S> owes = byId.get(source);
        if (owes == null || block >= blocks || !ledger.open().get(block)) {
            return false;
        }
        ledger.enter(owes.ask(block, since));
        return true;
    }

    // What became of it.

    /**
     * A block has come, verified and written. If it is there already, it only counts for how fast the source is.
     *
     * @return the other sources that still owe it and may be told not to send it
     */
    public List<S> received(S source, int block, int bytes, long now) {
        BlockSource<S> giver = byId.get(source);
        if (giver != null) {
            Request<S> answered = ledger.find(giver, block);
            if (answered != null) {
                giver.delivered(answered, bytes, now);
                delivered++;
                ledger.forget(answered);
                noteLate(block, now);
            }
            wake(giver, now);
        }
        return ledger.have(block);
    }

    private void noteLate(int block, long now) {
        for (Request<S> request = ledger.owing(block); request != null; request = request.other) {
            if (!request.abandoned && now > request.lateAt()) {
                slow.add(new Slow<>(request.source.id, false));
            }
        }
    }

    /** Those that were slow since this was asked last. */
    List<Slow<S>> takeSlow() {
        List<Slow<S>> taken = List.copyOf(slow);
        slow.clear();
        return taken;
    }

    /**
     * A block is there from elsewhere (another transport, an earlier run).
     *
     * @return the sources that still owe it and may be told not to send it
     */
    List<S> have(int block) {
        return ledger.have(block);
    }

    /**
     * A block did not come: it goes back, and {@code source} is the last to be asked for it again.
     *
     * @return whether it owed it; false when it was told not to send it
     */
    boolean failed(S source, int block, long now) {
        Optional<Request<S>> owed = owed(source, block);
        owed.ifPresent(request -> {
            ledger.giveBack(request);
            request.source.failed(request, blocks, now);
            wake(request.source, now);
        });
        return owed.isPresent();
    }

    /** A source gave a block, as it is or compressed: whether it is worth asking for blocks in a row. */
    void answered(S source, boolean compressed) {
        BlockSource<S> giver = byId.get(source);
        if (giver != null) {
            giver.run.answered(compressed);
        }
    }

    /** Whether what a source gives compresses, so that those before may help. */
    boolean compresses(S source) {
        BlockSource<S> giver = byId.get(source);
        return giver != null && giver.run.isOfUse();
    }

    /** A block came to nothing, and nobody is to blame: it goes back. */
    void returned(S source, int block, long now) {
        owed(source, block).ifPresent(request -> {
            ledger.giveBack(request);
            wake(request.source, now);
        });
    }

    /** The source is busy: the block goes back, and nothing is asked of the source before {@code until}. */
    void busy(S source, int block, long until, long now) {
        owed(source, block).ifPresent(request -> {
            ledger.giveBack(request);
            request.source.busy(request, until, now);
            wake(request.source, now);
        });
    }

    private Optional<Request<S>> owed(S source, int block) {
        return Optional.ofNullable(byId.get(source)).map(owes -> ledger.find(owes, block));
    }

    // Who is waited for.

    /** Those who have sent nothing for too long are not waited for: what they owe goes back, though it may still come. */
    private void watch(long now) {
        if (now == watchedNanos) {
            return;
        }
        watchedNanos = now;
        for (BlockSource<S> source : sources) {
            if (now >= source.stallsAt()
                    && (source.othersGoOn(delivered, sources.size()) || anotherIsIdle(source, now))) {
                source.stall(now);
                slow.add(new Slow<>(source.id, true));
                ledger.abandon(source);
            }
        }
    }

    private boolean anotherIsIdle(BlockSource<S> source, long now) {
        for (BlockSource<S> other : sources) {
            if (other != source && other.owed() == 0 && other.mayOwe(now)) {
                return true;
            }
        }
        return false;
    }

    /** Part of a block came from a source: it is not mute. */
    void heard(S source, long now) {
        BlockSource<S> sender = byId.get(source);
        if (sender != null) {
            wake(sender, now);
        }
    }

    /** Something came from a source: if it had stalled, it is on with what nobody else was asked for meanwhile. */
    private void wake(BlockSource<S> source, long now) {
        boolean back = source.isStalled();
        source.heard(now);
        if (back) {
            ledger.resume(source);
        }
    }

    /** When {@link #next} may have something new to say although nothing came; the longest there is if never. */
    long nextChange(long now) {
        long at = Long.MAX_VALUE;
        for (BlockSource<S> source : sources) {
            long stalls = source.stallsAt();
            at = Math.min(at, Math.min(stalls > now ? stalls : Long.MAX_VALUE, source.freeAt(now)));
            Request<S> request = source.oldest();
            while (request != null && now > request.lateAt()) {
                request = request.newer();
            }
            if (request != null) {
                at = Math.min(at, request.lateAt() + 1);
            }
        }
        return at;
    }

    // How it stands.

    /** The blocks that are there. */
    BitSet done() {
        return ledger.done();
    }

    boolean isDone(int block) {
        return ledger.isDone(block);
    }

    public boolean isComplete() {
        return ledger.contiguous() == blocks;
    }

    /** How many blocks are there from the first on without a gap. */
    int contiguous() {
        return ledger.contiguous();
    }

    int doneCount() {
        return ledger.doneCount();
    }

    /** Whether somebody has a block that is missing. */
    boolean hasHope() {
        for (BlockSource<S> source : sources) {
            if (source.complete || ledger.missing().first(source.has, everything, nothing, 0, blocks) >= 0) {
                return true;
            }
        }
        return false;
    }

    boolean hasSources() {
        return !sources.isEmpty();
    }

    /** How many blocks {@code source} owes. */
    int owed(S source) {
        BlockSource<S> state = byId.get(source);
        return state == null ? 0 : state.owed();
    }

    /** How many blocks are owed by sources that are waited for. */
    int underWay() {
        return ledger.underWay();
    }

    /** How often a block had to be asked for again because its source failed, refused, left or stalled. */
    long requeued() {
        return ledger.requeued();
    }

    /** How many blocks were asked of a second source because the first was late. */
    int hedged() {
        return second.hedged();
    }

    /** How many blocks were asked of a second source because nothing else was left. */
    int endgame() {
        return second.raced();
    }
}
