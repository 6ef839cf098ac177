// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.micro;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.download.BlockScheduler;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * All decisions of one download: 4096 blocks (1 GiB) from 8 sources that have all of them and 8 relays that get them one by one,
 * from the first question to the last block. Time passes as the blocks come, a millisecond a round in which each source gives one.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class BlockSchedulerBenchmark {
    private static final int BLOCKS = 4096;
    private static final int COMPLETE = 8;
    private static final int RELAYS = 8;
    private static final int WINDOW = 256;
    private static final long SEED = 1;
    private static final long ROUND_NANOS = 1_000_000;

    /** In the order of a reader that waits; how many questions were asked, but for those that moved. */
    @Benchmark
    public int inOrder() {
        return download(true);
    }

    /** The rarest first; how many questions were asked, but for those that moved. */
    @Benchmark
    public int rarestFirst() {
        return download(false);
    }

    private static int download(boolean readerWaits) {
        BlockScheduler<Integer> scheduler = new BlockScheduler<>(BLOCKS, new Random(SEED));
        List<Deque<Integer>> owed = new ArrayList<>();
        for (int source = 0; source < COMPLETE + RELAYS; source++) {
            owed.add(new ArrayDeque<>());
            if (source < COMPLETE) {
                scheduler.addComplete(source, WINDOW);
            } else {
                scheduler.addRelay(source, new BitSet(), WINDOW);
            }
        }
        int asked = 0;
        for (int round = 0; !scheduler.isComplete(); round++) {
            long now = round * ROUND_NANOS;
            for (int relay = 0; relay < RELAYS; relay++) {
                scheduler.relayHas(COMPLETE + relay, (round * RELAYS + relay) % BLOCKS, true);
            }
            for (int source = 0; source < owed.size(); source++) {
                for (Optional<BlockScheduler.Ask<Integer>> ask = scheduler.next(source, now, readerWaits); ask
                        .isPresent(); ask = scheduler.next(source, now, readerWaits)) {
                    Integer given = ask.get().block();
                    Integer slow = ask.get().instead();
                    if (slow != null) {
                        owed.get(slow).remove(given);
                    }
                    owed.get(source).add(given);
                    asked += slow == null ? 1 : 0;
                }
                Integer block = owed.get(source).poll();
                if (block != null) {
                    scheduler.received(source, block, BlockLayout.BLOCK_BYTES, now)
                            .forEach(loser -> owed.get(loser).remove(block));
                }
            }
        }
        return asked;
    }
}
