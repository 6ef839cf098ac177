// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/** Blocks that come compressed with those before them: in any order, damaged, or without those. */
class PeerLaneTest {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final int BLOCKS = 12;

    private static ActorTestKit kit;

    @TempDir
    private Path directory;

    private final byte[] nar = Texts.of(BLOCKS * BLOCK - 1000, 2);
    private final Manifest manifest = manifest(nar);
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final Map<Integer, CompletableFuture<PeerSession.BlockReply>> asked = new ConcurrentHashMap<>();
    private final Map<Integer, Boolean> prefixed = new ConcurrentHashMap<>();
    private final BlockingQueue<PeerLane.Result> results = new LinkedBlockingQueue<>();
    private final BitSet there = new BitSet();
    private final WriteGate gate = new WriteGate();
    private PartialNar file;
    private PeerLane lane;

    private static Manifest manifest(byte[] nar) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    @BeforeEach
    void open() throws IOException {
        file = NarStore.open(directory).create(new NarHash(Sha256.hash(nar)), new NarSize(nar.length));
        lane = new PeerLane(kit.system(), manifest, file, (block, behind) -> {
            prefixed.put(block, behind);
            return answer(block);
        }, gate, disk, results::add);
    }

    @AfterEach
    void close() throws IOException {
        lane.close();
        disk.shutdownNow();
        file.close();
    }

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private CompletableFuture<PeerSession.BlockReply> answer(int block) {
        return asked.computeIfAbsent(block, index -> new CompletableFuture<>());
    }

    private byte[] block(int index) {
        return Arrays.copyOfRange(nar, index * BLOCK, Math.min(nar.length, (index + 1) * BLOCK));
    }

    private byte[] prefix(int index) {
        return Arrays.copyOfRange(nar, BlockLayout.prefixFrom(index) * BLOCK, index * BLOCK);
    }

    private void want(int from, int to) {
        for (int index = from; index < to; index++) {
            lane.want(index, there::get);
        }
    }

    private void come(int index, BlockPayload payload) {
        answer(index).complete(new PeerSession.BlockReceived(index, payload));
    }

    private void come(int index) {
        come(index, BlockPayload.raw(block(index)));
    }

    private void comePrefixed(int index) {
        come(index, BlockPayload.compress(block(index), prefix(index), 1));
    }

    private PeerLane.Result result() throws InterruptedException {
        PeerLane.@Nullable Result result = results.poll(30, TimeUnit.SECONDS);
        if (result == null) {
            throw new AssertionError("nothing came of what was asked for");
        }
        return result;
    }

    /** In whatever order they come. */
    private Set<PeerLane.Result> results(int count) throws InterruptedException {
        Set<PeerLane.Result> found = new HashSet<>();
        for (int i = 0; i < count; i++) {
            found.add(result());
        }
        return found;
    }

    private PeerLane.Result stored(int index) {
        return new PeerLane.Result(index, new PeerLane.Outcome.Stored(block(index).length, index > 0));
    }

    private void assertInFile(int blocks) throws IOException {
        byte[] found = new byte[Math.min(nar.length, blocks * BLOCK)];
        file.read(0, found, 0, found.length);
        assertArrayEquals(Arrays.copyOf(nar, found.length), found);
    }

    @Test
    void inOrder() throws Exception {
        want(0, BLOCKS);
        come(0);
        assertEquals(stored(0), result());
        for (int index = 1; index < BLOCKS; index++) {
            comePrefixed(index);
            assertEquals(stored(index), result());
        }
        assertEquals(BLOCKS, prefixed.size());
        for (int index = 0; index < BLOCKS; index++) {
            assertEquals(index > 0, prefixed.get(index), "block " + index);
        }
        assertInFile(BLOCKS);
    }

    /** The last first, more of them than are read at a time: each waits for those before it, and stands in nobody's way. */
    @Test
    void inReverse() throws Exception {
        want(0, BLOCKS);
        for (int index = BLOCKS - 1; index > 0; index--) {
            comePrefixed(index);
        }
        assertNull(results.poll());
        come(0);
        Set<PeerLane.Result> expected = new HashSet<>();
        for (int index = 0; index < BLOCKS; index++) {
            expected.add(stored(index));
        }
        assertEquals(expected, results(BLOCKS));
        assertInFile(BLOCKS);
    }

    @Test
    void behindWhatCameFromElsewhere() throws Exception {
        file.write(3L * BLOCK, nar, 3 * BLOCK, 2 * BLOCK);
        there.set(3, 5);
        lane.want(5, there::get);
        comePrefixed(5);
        assertEquals(stored(5), result());
    }

    @Test
    void whatIsNotToHaveAPrefixIsAskedForWithoutOne() throws Exception {
        want(0, 1);
        lane.wantAlone(1);
        come(0);
        come(1);
        result();
        result();
        assertEquals(false, prefixed.get(1));
    }

    /** It is refused, or lost, and those behind it cannot be read, which is not the peer's fault. */
    @Test
    void withoutThoseBefore() throws Exception {
        want(0, 6);
        come(0);
        assertEquals(stored(0), result());
        for (int index = 2; index < 5; index++) {
            comePrefixed(index);
        }
        answer(1).complete(new PeerSession.BlockRefused(1, RefusalReason.BUSY, 100));
        Set<PeerLane.Result> expected = new HashSet<>(
                Set.of(new PeerLane.Result(1, new PeerLane.Outcome.Busy(100))));
        for (int index = 2; index < 5; index++) {
            expected.add(new PeerLane.Result(index, new PeerLane.Outcome.Unreadable()));
        }
        assertEquals(expected, results(4));
        answer(5).completeExceptionally(new IOException("lost"));
        assertEquals(new PeerLane.Result(5, new PeerLane.Outcome.Missing("no answer in time")), result());
        for (int index = 1; index < 5; index++) {
            asked.remove(index);
            lane.wantAlone(index);
            come(index);
            result();
        }
        assertInFile(5);
    }

    /** Another one gave what is before, while this one's was cancelled. */
    @Test
    void behindWhatAnotherGaveMeanwhile() throws Exception {
        want(0, 2);
        comePrefixed(1);
        file.write(0, nar, 0, BLOCK);
        answer(0).complete(new PeerSession.BlockFailed(0, "no longer wanted"));
        assertEquals(Set.of(new PeerLane.Result(0, new PeerLane.Outcome.Missing("no longer wanted")), stored(1)),
                results(2));
    }

    @Test
    void damagedBehindWhatIsRightIsThePeersFault() throws Exception {
        want(0, 3);
        come(0);
        come(1, BlockPayload.of(BlockPayload.Encoding.ZSTD_PREFIXED, BLOCK, new byte[1000]));
        assertEquals(Set.of(stored(0), new PeerLane.Result(1, new PeerLane.Outcome.Corrupt())), results(2));
        // What is behind that is not, though it is the same peer's.
        comePrefixed(2);
        assertEquals(new PeerLane.Result(2, new PeerLane.Outcome.Unreadable()), result());
    }

    /** Each wrong in its own way; the next one is looked at all the same. */
    @Test
    void whatIsNoSuchBlockIsThePeersFault() throws Exception {
        List<BlockPayload> wrong = List.of(BlockPayload.raw(block(1)), BlockPayload.raw(new byte[BLOCK - 1]),
                BlockPayload.compress(block(1), 1), BlockPayload.compress(new byte[BLOCK - 1], 1),
                BlockPayload.of(BlockPayload.Encoding.ZSTD, BLOCK, new byte[1000]));
        for (BlockPayload payload : wrong) {
            asked.remove(0);
            lane.wantAlone(0);
            come(0, payload);
            assertEquals(new PeerLane.Result(0, new PeerLane.Outcome.Corrupt()), result(), payload::toString);
        }
        asked.remove(0);
        lane.wantAlone(0);
        come(0, BlockPayload.compress(block(0), 1));
        assertEquals(new PeerLane.Result(0, new PeerLane.Outcome.Stored(BLOCK, true)), result());
        assertInFile(1);
    }

    /** It has something else before it, and compresses with that. */
    @Test
    void ofAnotherNarIsThePeersFault() throws Exception {
        byte[] other = Texts.of(BLOCK, 77);
        file.write(0, nar, 0, 2 * BLOCK);
        there.set(0, 2);
        lane.want(2, there::get);
        come(2, BlockPayload.compress(other, prefix(2), 1));
        assertEquals(new PeerLane.Result(2, new PeerLane.Outcome.Corrupt()), result());
    }

    /** What a server gave was not compared with the manifest, and a peer is not to pay for it. */
    @Test
    void behindWhatIsWrongInTheFile() throws Exception {
        byte[] wrong = Arrays.copyOf(nar, 2 * BLOCK);
        wrong[2 * BLOCK - 1000] ^= 1;
        Arrays.fill(wrong, BLOCK, BLOCK + 200_000, (byte) 'x');
        file.write(0, wrong, 0, wrong.length);
        there.set(0, 2);
        lane.want(2, there::get);
        comePrefixed(2);
        assertEquals(new PeerLane.Result(2, new PeerLane.Outcome.Unreadable()), result());
    }

    @Test
    void tooLate() throws Exception {
        want(0, 2);
        comePrefixed(1);
        come(0);
        assertEquals(Set.of(stored(0), stored(1)), results(2));
        lane.want(2, index -> true);
        gate.close();
        comePrefixed(2);
        assertEquals(new PeerLane.Result(2, new PeerLane.Outcome.Missing("it came too late")), result());
    }
}
