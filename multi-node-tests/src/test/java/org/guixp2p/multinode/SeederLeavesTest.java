// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The only seeder leaves when those who fetch have all blocks together, but none of them has all: they finish from each other. */
@Timeout(180)
class SeederLeavesTest extends InAWorld {
    private static final int BYTES = 8 << 20;
    private static final int FETCHERS = 3;
    /** So slowly that all of them are there before one has all. */
    private static final ByteRate SEEDING = new ByteRate(8 << 20);

    /** What each fetcher has to offer. */
    private final List<Offers> fetched = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    private BitSet union(NarHash nar, Sha256 root) {
        BitSet all = new BitSet();
        fetched.forEach(offers -> all.or(offers.blocks(nar, root)));
        return all;
    }

    /** Gives what none of the fetchers has. */
    private final class EachBlockOnce extends Giving {
        EachBlockOnce(Offers real) {
            super(real);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            return union(nar, root).get(index)
                    ? CompletableFuture.failedFuture(new IOException("somebody has it"))
                    : real.block(nar, root, index);
        }
    }

    /** Says what it has, and gives it when the seeder is gone. */
    private final class GivingLater extends Giving {
        GivingLater(Offers real) {
            super(real);
            fetched.add(real);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            return gone.thenCompose(left -> real.block(nar, root, index));
        }
    }

    @ParameterizedTest
    @EnumSource(SubstitutePolicy.class)
    void thoseWhoFetchFinishFromEachOther(SubstitutePolicy policy) throws Exception {
        World.Item item = world.item("shared", BYTES, false);
        NarHash nar = new NarHash(Sha256.hash(item.nar()));
        Sha256 root = Lies.manifest(item.nar()).root();
        int blocks = (item.nar().length + BlockLayout.BLOCK_BYTES - 1) / BlockLayout.BLOCK_BYTES;
        Node seeder = world.plan("seeder").seeding(item).uploadLimit(SEEDING).giving(EachBlockOnce::new)
                .start();
        List<Node> nodes = new ArrayList<>(List.of(seeder));
        for (int i = 0; i < FETCHERS; i++) {
            nodes.add(world.plan("fetcher" + i).policy(policy).giving(GivingLater::new)
                    .dialling(nodes.toArray(Node[]::new)).start());
        }
        nodes.forEach(node -> World.awaitPeers(node, FETCHERS));
        List<CompletableFuture<byte[]>> readers = new ArrayList<>();
        for (int i = 0; i < FETCHERS; i++) {
            readers.add(world.fetching("fetcher" + i, item));
        }
        Await.until(() -> union(nar, root).cardinality() == blocks,
                () -> "they have " + union(nar, root) + " of " + blocks);
        World.stop(seeder);
        for (Offers offers : fetched) {
            assertTrue(offers.blocks(nar, root).cardinality() < blocks, "none has all");
        }
        gone.complete(null);
        for (CompletableFuture<byte[]> reader : readers) {
            assertArrayEquals(item.nar(), reader.get(90, TimeUnit.SECONDS));
        }
    }
}
