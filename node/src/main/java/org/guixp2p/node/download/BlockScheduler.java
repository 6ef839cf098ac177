// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.guixp2p.node.download.BlockSource.Request;
import org.jspecify.annotations.Nullable;

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
 * <em>hedged</em>: asked of another one too, up to a hundredth of the blocks. When nothing else is left and a reader waits
 * (<em>endgame</em>), a source is asked for what another one would most likely deliver later. The first answer counts.
 *
 * @param <S> what names a source; compared by {@code equals}
 */
public final class BlockScheduler<S> {
    /** All that is under way may have to wait in memory for a slow disk. */
    static final int MOST_UNDER_WAY = 256;

    private final int blocks;
    private final BlockSet nothing;
    private final BlockLedger<S> ledger;
    private final BlockSources<S> sources;
    private final FirstSource<S> first;
    private final SecondSource<S> second;
    private final StallDetector<S> stalls;
    /** Blocks from here on are asked of nobody yet. */
    private int horizon;

    /**
     * A block that is to be asked of a source.
     *
     * @param instead the source that owed it and does not any more, if any: it may be told not to send it
     */
    public record Ask<S>(int block, Reason reason, @Nullable S instead) {
        Ask(int block, Reason reason) {
            this(block, reason, null);
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
        this.nothing = BlockSet.none(blocks);
        this.ledger = new BlockLedger<>(blocks);
        Rarity rarity = new Rarity(blocks);
        this.sources = new BlockSources<>(blocks, rarity);
        this.first = new FirstSource<>(blocks, random, sources.all(), ledger, rarity);
        this.second = new SecondSource<>(blocks, sources.all(), ledger);
        this.stalls = new StallDetector<>(sources.all(), ledger);
    }

    // Sources.

    /**
     * Adds a source that has every block; nothing happens when it is there.
     *
     * @param largestWindow how many blocks it may ever owe at a time
     */
    public void addComplete(S source, int largestWindow) {
        sources.addComplete(source, largestWindow);
    }

    /** Adds a source that has some blocks and may get more; nothing happens when it is there. */
    public void addRelay(S source, BitSet has, int largestWindow) {
        if (sources.addRelay(source, largestWindow)) {
            first.news(stalls.watchedNanos());
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

    /** A relay says of a block whether it has it by now. */
    public void relayHas(S source, int block, boolean has) {
        if (sources.relayHas(source, block, has)) {
            first.news(stalls.watchedNanos());
        }
    }

    /** A block was cancelled, since another source has given it or is to give it, and came all the same. */
    void cameTwice(int block) {
        second.cameTwice(block);
    }

    /** Takes a source away; what it owes goes back. */
    void remove(S source) {
        remove(source, block -> false);
    }

    /**
     * Takes a source away; what it owes goes back.
     *
     * @param here whether a block has come that it owes, though not to an outcome: that is asked of nobody before
     *        {@link #have} or {@link #cameToNothing} tells of it
     */
    void remove(S source, IntPredicate here) {
        BlockSource<S> gone = sources.remove(source);
        if (gone != null) {
            ledger.leave(gone, here);
        }
    }

    /** Takes all sources away: nothing is asked of anybody any more, and whatever was owed or held goes back. */
    void removeAll() {
        List<BlockSource<S>> all = List.copyOf(sources.all());
        all.forEach(source -> sources.remove(source.id));
        ledger.leaveAll(all);
    }

    /** A block goes back that was here when its source was taken away. */
    void cameToNothing(int block) {
        ledger.release(block);
    }

    // Which block next.

    /** Of blocks from {@code end} on nobody is asked for now: whoever reads is far behind. */
    void askBefore(int end) {
        horizon = Math.min(end, blocks);
        first.askBefore(horizon);
    }

    /** Whether nothing is under way and nothing is missing but what {@link #askBefore} keeps back. */
    boolean isHeldBack() {
        return horizon < blocks && ledger.underWay() == 0 && isAllAsked();
    }

    /** Whether links have something else to do, so that a race for the last blocks must be worth more. */
    void spareLinks(boolean spare) {
        second.spareLinks(spare);
    }

    /**
     * Whether no more is left to ask for than is under way: whoever begins to ask for something else now is answered about when the
     * last of this has come.
     */
    boolean isNearlyAllAsked() {
        return ledger.openCount() <= ledger.underWay();
    }

    /** Whether all that may be asked for now is under way or here. */
    boolean isAllAsked() {
        return ledger.open().first(0, horizon) < 0;
    }

    /**
     * The next block to ask of {@code source}, which from now on owes it; empty when its window is full, it was told to
     * wait, or it has nothing that is wanted.
     *
     * @param readerWaits whether somebody waits for the first block that is missing
     */
    public Optional<Ask<S>> next(S source, long now, boolean readerWaits) {
        stalls.watch(now);
        BlockSource<S> asked = sources.find(source);
        if (asked == null || !asked.mayOwe(now)
                || (ledger.underWay() >= MOST_UNDER_WAY && asked.owed() >= Pace.SMALLEST_WINDOW)) {
            return Optional.empty();
        }
        // Whoever is only tried takes nothing from others.
        boolean tried = asked.isDoubtful();
        int late = tried ? -1 : second.hedge(asked, now, stalls.delivered());
        if (late >= 0) {
            return give(asked, late, Reason.HEDGE, null, now);
        }
        int fresh = ledger.allGiven() ? -1 : first.choose(asked, now, readerWaits);
        if (fresh >= 0) {
            return give(asked, fresh, Reason.FRESH, null, now);
        }
        Request<S> slow = tried || asked.complete ? null : second.move(asked, now);
        if (slow != null) {
            ledger.forget(slow);
            return give(asked, slow.block, Reason.MOVE, slow.source.id, now);
        }
        int race = !tried && nothingElse(readerWaits) ? second.endgame(asked, ledger.allGiven(), now) : -1;
        return race < 0 ? Optional.empty() : give(asked, race, Reason.ENDGAME, null, now);
    }

    /** Whether all is under way that may be asked for, and it is worth bytes that come twice: a reader waits for it. */
    private boolean nothingElse(boolean readerWaits) {
        return readerWaits && (ledger.allGiven() || (horizon < blocks && isAllAsked()));
    }

    private Optional<Ask<S>> give(BlockSource<S> source, int block, Reason reason, @Nullable S instead, long now) {
        second.asked(block, reason);
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
        BlockSource<S> owes = sources.find(source);
        if (owes == null || block >= blocks || !ledger.open().get(block)) {
            return false;
        }
        ledger.enter(owes.ask(block, since));
        return true;
    }

    // What became of it.

    /**
     * A block has come, verified and written. If it is there already, it came twice, and says of the source only that it
     * lives.
     *
     * @return the other sources that still owe it and may be told not to send it
     */
    public List<S> received(S source, int block, int bytes, long now) {
        if (ledger.isDone(block)) {
            second.cameTwice(block);
        }
        BlockSource<S> giver = sources.find(source);
        if (giver != null) {
            Request<S> answered = ledger.find(giver, block);
            if (answered != null) {
                giver.delivered(answered, bytes, now);
                ledger.forget(answered);
                stalls.delivered(block, now);
            }
            stalls.heard(giver, now);
        }
        return ledger.have(block);
    }

    /** Those that were slow since this was asked last. */
    List<Slow<S>> takeSlow() {
        return stalls.takeSlow();
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
            stalls.heard(request.source, now);
        });
        return owed.isPresent();
    }

    /** A source gave a block, as it is or compressed: whether it is worth asking for blocks in a row. */
    void answered(S source, boolean compressed) {
        BlockSource<S> giver = sources.find(source);
        if (giver != null) {
            giver.run.answered(compressed);
        }
    }

    /** Whether what a source gives compresses, so that those before may help. */
    boolean compresses(S source) {
        BlockSource<S> giver = sources.find(source);
        return giver != null && giver.run.isOfUse();
    }

    /** A block came to nothing, and nobody is to blame: it goes back. */
    void returned(S source, int block, long now) {
        owed(source, block).ifPresent(request -> {
            ledger.giveBack(request);
            stalls.heard(request.source, now);
        });
    }

    /** The source is busy: the block goes back, and nothing is asked of the source before {@code until}. */
    void busy(S source, int block, long until, long now) {
        owed(source, block).ifPresent(request -> {
            ledger.giveBack(request);
            request.source.busy(request, until, now);
            stalls.heard(request.source, now);
        });
    }

    private Optional<Request<S>> owed(S source, int block) {
        return Optional.ofNullable(sources.find(source)).map(owes -> ledger.find(owes, block));
    }

    // Who is waited for.

    /** Part of a block came from a source: it is not mute. */
    void heard(S source, long now) {
        BlockSource<S> sender = sources.find(source);
        if (sender != null) {
            stalls.heard(sender, now);
        }
    }

    /** When {@link #next} may have something new to say although nothing came; the longest there is if never. */
    long nextChange(long now) {
        return stalls.nextChange(now);
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
        for (BlockSource<S> source : sources.all()) {
            if (source.complete || ledger.missing().first(source.has, nothing, 0, blocks) >= 0) {
                return true;
            }
        }
        return false;
    }

    boolean hasSources() {
        return !sources.all().isEmpty();
    }

    /** How many blocks {@code source} owes. */
    int owed(S source) {
        BlockSource<S> state = sources.find(source);
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
