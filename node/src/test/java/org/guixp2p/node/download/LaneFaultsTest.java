// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each block comes to an outcome, whatever this machine is short of. */
@Timeout(60)
class LaneFaultsTest {
    private static final int BLOCKS = 3;

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final BlockingQueue<PeerLane.Result> results = new LinkedBlockingQueue<>();
    private final byte[] nar = new byte[BLOCKS * BlockLayout.BLOCK_BYTES];

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private PeerLane lane(PartialNar file, Executor disk) {
        new Random(3).nextBytes(nar);
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        Manifest manifest = builder.finish();
        return new PeerLane(kit.system(), manifest, file,
                (block, behind) -> CompletableFuture.completedFuture(new PeerSession.BlockReceived(block,
                        BlockPayload.raw(Arrays.copyOfRange(nar, block % BLOCKS * BlockLayout.BLOCK_BYTES,
                                (block % BLOCKS + 1) * BlockLayout.BLOCK_BYTES)))),
                new WriteGate(), disk, results::add);
    }

    private PartialNar file() throws Exception {
        return NarStore.open(directory).create(new NarHash(Sha256.hash(nar)), new NarSize(nar.length));
    }

    private PeerLane.Result result() throws InterruptedException {
        PeerLane.Result result = results.poll(20, TimeUnit.SECONDS);
        assertNotNull(result, "a question without an answer");
        return result;
    }

    private void assertMissing(int block, String why) throws InterruptedException {
        PeerLane.Result result = result();
        assertEquals(block, result.block());
        String reason = assertInstanceOf(PeerLane.Outcome.Missing.class, result.outcome()).reason();
        assertTrue(reason.contains(why), reason);
    }

    @Test
    void anErrorOfThePoolIsAnOutcomeAndTheOthersGoOn() throws Exception {
        AtomicInteger tasks = new AtomicInteger();
        try (PartialNar file = file()) {
            PeerLane lane = lane(file, task -> {
                if (tasks.getAndIncrement() == 0) {
                    throw new NoClassDefFoundError("a test's fault");
                }
                task.run();
            });
            lane.wantAlone(0);
            assertMissing(0, "a test's fault");
            lane.wantAlone(1);
            assertEquals(new PeerLane.Result(1, new PeerLane.Outcome.Stored(BlockLayout.BLOCK_BYTES, false)), result());
            lane.close();
        }
    }

    @Test
    void aFaultWhileABlockIsVerifiedIsAnOutcomeAndTheOthersGoOn() throws Exception {
        try (PartialNar file = file()) {
            PeerLane lane = lane(file, Runnable::run);
            // There is no such block: to ask for it is a fault of this program.
            lane.wantAlone(BLOCKS + 1);
            assertMissing(BLOCKS + 1, "not verified");
            lane.wantAlone(2);
            assertEquals(new PeerLane.Result(2, new PeerLane.Outcome.Stored(BlockLayout.BLOCK_BYTES, false)), result());
            lane.close();
        }
    }
}
