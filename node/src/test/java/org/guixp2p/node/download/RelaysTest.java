// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that has a NAR, and fetches it once more from somebody who lies about it. */
class RelaysTest {
    private static final byte[] TRUTH = new byte[1000];
    private static final byte[] LIE = new byte[1000];
    private static final NarHash NAR = new NarHash(Sha256.hash(TRUTH));

    @TempDir
    private Path directory;

    private final AtomicInteger given = new AtomicInteger();
    private final AtomicInteger peeked = new AtomicInteger();
    private final Manifest right = manifest(TRUTH);
    private Manifest wrong = right;
    private Relays relays = new Relays(new Whole(), Runnable::run);

    private final class Whole implements Offers {
        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return CompletableFuture.completedFuture(Optional.of(new Offer(right.narSize(), right.root(), true)));
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            given.incrementAndGet();
            return CompletableFuture.completedFuture(TRUTH);
        }

        @Override
        public CompletionStage<byte[]> peek(NarHash nar, Sha256 root, int index) {
            peeked.incrementAndGet();
            return CompletableFuture.completedFuture(TRUTH);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return CompletableFuture.completedFuture(right);
        }
    }

    private static Manifest manifest(byte[] nar) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    @BeforeEach
    void fetchALie() throws Exception {
        Arrays.fill(LIE, (byte) 1);
        wrong = manifest(LIE);
        PartialNar file = NarStore.open(directory).create(NAR, new NarSize(LIE.length));
        file.write(0, LIE, 0, LIE.length);
        RelayedNar part = new RelayedNar(NAR, wrong, file);
        BitSet first = new BitSet();
        first.set(0);
        part.add(first);
        relays = new Relays(new Whole(), Runnable::run);
        assertTrue(relays.add(part));
    }

    @Test
    void underItsOwnRootNothingOfTheLieIsGiven() throws Exception {
        assertEquals(right.root(), Eventually.get(relays.find(NAR)).orElseThrow().root());
        assertArrayEquals(TRUTH, Eventually.get(relays.block(NAR, right.root(), 0)));
        assertArrayEquals(TRUTH, Eventually.get(relays.peek(NAR, right.root(), 0)));
        assertEquals(right, Eventually.get(relays.manifest(NAR, right.root())));
        assertEquals(new BitSet(), relays.blocks(NAR, right.root()));
        assertEquals(1, given.get());
        assertEquals(1, peeked.get());
    }

    @Test
    void underTheOtherRootWhatIsFetchedIs() throws Exception {
        assertArrayEquals(LIE, Eventually.get(relays.block(NAR, wrong.root(), 0)));
        assertArrayEquals(LIE, Eventually.get(relays.peek(NAR, wrong.root(), 0)));
        assertEquals(wrong, Eventually.get(relays.manifest(NAR, wrong.root())));
        assertEquals(1, relays.blocks(NAR, wrong.root()).cardinality());
        assertEquals(0, given.get() + peeked.get());
    }

    /** What is only looked at is given to nobody, and of what is given as a whole others know. */
    @Test
    void whatIsGivenOfAPartIsTold() throws Exception {
        AtomicInteger told = new AtomicInteger();
        relays.watch((nar, size) -> {
            assertEquals(NAR, nar);
            assertEquals(LIE.length, size.bytes());
            told.incrementAndGet();
        });
        var _ = Eventually.get(relays.block(NAR, wrong.root(), 0));
        relays.blockGivenAgain(NAR);
        assertEquals(2, told.get());
        var _ = Eventually.get(relays.peek(NAR, wrong.root(), 0));
        var _ = Eventually.get(relays.block(NAR, right.root(), 0));
        assertEquals(2, told.get());
    }
}
