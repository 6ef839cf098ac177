// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;

/** What liars give of one item. Each speaks and gives only when its gate is open. */
final class Lies {
    private Lies() {}

    /** Opens when a test says so. */
    static final class Gate {
        private final CompletableFuture<Void> open = new CompletableFuture<>();

        void open() {
            open.complete(null);
        }

        <T> CompletionStage<T> then(CompletionStage<T> stage) {
            return open.thenCombine(stage, (go, result) -> result);
        }
    }

    /** The item's NAR with one bit of a file changed: a NAR of the same size all the same. */
    static byte[] flipped(byte[] nar, int at) {
        byte[] other = nar.clone();
        other[at] ^= 1;
        return other;
    }

    static Manifest manifest(byte[] nar) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    private static byte[] block(byte[] nar, int index) {
        int from = index * BlockLayout.BLOCK_BYTES;
        return Arrays.copyOfRange(nar, from, Math.min(nar.length, from + BlockLayout.BLOCK_BYTES));
    }

    /** Is honest, once it may speak. */
    static final class Silent extends Giving {
        private final Gate speaks;

        Silent(Offers real, Gate speaks) {
            super(real);
            this.speaks = speaks;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return speaks.then(real.find(nar));
        }
    }

    /** Vouches for another NAR, and gives it, from block {@code from} on when its gate is open. */
    static final class OtherNar implements Offers {
        private final byte[] other;
        private final Manifest manifest;
        private final Gate gives;
        private final int from;

        OtherNar(byte[] other, Gate gives, int from) {
            this.other = other;
            this.manifest = Lies.manifest(other);
            this.gives = gives;
            this.from = from;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return CompletableFuture
                    .completedFuture(Optional.of(new Offer(new NarSize(other.length), manifest.root(), true)));
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            CompletionStage<byte[]> block = CompletableFuture.completedFuture(Lies.block(other, index));
            return index < from ? block : gives.then(block);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return CompletableFuture.completedFuture(manifest);
        }
    }

    /** Vouches for another NAR, and gives nothing of it, not even its manifest, before its gate is open. */
    static final class WrongRoot implements Offers {
        private final OtherNar other;
        private final Gate gives;

        WrongRoot(byte[] other, Gate gives) {
            this.other = new OtherNar(other, gives, 0);
            this.gives = gives;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return other.find(nar);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            return other.block(nar, root, index);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return gives.then(other.manifest(nar, root));
        }
    }

    /** Vouches for one NAR, and for another when the test has turned it. */
    static final class Turncoat implements Offers {
        private final Offers first;
        private final Offers second;
        private final CompletableFuture<Void> again = new CompletableFuture<>();
        private volatile boolean turned;

        Turncoat(Offers first, Offers second) {
            this.first = first;
            this.second = second;
        }

        void turn() {
            turned = true;
        }

        /** Waits until it was asked who has it once more. */
        void askedAgain() {
            again.orTimeout(60, TimeUnit.SECONDS).join();
        }

        private Offers now() {
            return turned ? second : first;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            if (turned) {
                again.complete(null);
            }
            return now().find(nar);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            return now().block(nar, root, index);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return now().manifest(nar, root);
        }
    }

    /** Offers the whole, and from one block on gives none: it says so when its gate is open. */
    static final class Refusing extends Giving {
        private final AtomicInteger asked = new AtomicInteger();
        private final Gate speaks;
        private final int from;
        private final boolean goes;
        private volatile boolean gone;

        /** @param goes whether it says that it has it no more, or else that reading fails for a moment */
        Refusing(Offers real, Gate speaks, int from, boolean goes) {
            super(real);
            this.speaks = speaks;
            this.from = from;
            this.goes = goes;
        }

        int asked() {
            return asked.get();
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return gone ? CompletableFuture.completedFuture(Optional.empty()) : real.find(nar);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            if (index < from) {
                return real.block(nar, root, index);
            }
            asked.incrementAndGet();
            return speaks.open.thenCompose(open -> {
                gone = goes;
                return CompletableFuture.failedFuture(new IOException("no"));
            });
        }
    }

    /** Its manifest is that of a NAR of another size, though the offer has the right one; or there is none at all. */
    static final class WrongLength extends Giving {
        private final Optional<Manifest> instead;

        WrongLength(Offers real, Optional<Manifest> instead) {
            super(real);
            this.instead = instead;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return real.find(nar).thenApply(there -> there
                    .map(offer -> new Offer(offer.size(), instead.map(Manifest::root).orElse(offer.root()), true)));
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return instead.<CompletionStage<Manifest>>map(CompletableFuture::completedFuture)
                    .orElseGet(() -> CompletableFuture.failedFuture(new IOException("no page")));
        }
    }

    /** Offers the whole with its true manifest, and gives one page of it, and no block. */
    static final class OnePage implements Offers {
        private final Manifest manifest;
        private final AtomicInteger asked = new AtomicInteger();

        OnePage(Manifest manifest) {
            this.manifest = manifest;
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return CompletableFuture
                    .completedFuture(Optional.of(new Offer(manifest.narSize(), manifest.root(), true)));
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            return CompletableFuture.failedFuture(new IOException("no block"));
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return asked.incrementAndGet() == 1
                    ? CompletableFuture.completedFuture(manifest)
                    : CompletableFuture.failedFuture(new IOException("no page"));
        }
    }

    /** Offers the whole with its true manifest, and gives blocks with a bit changed. */
    static final class Corrupting extends Giving {
        Corrupting(Offers real) {
            super(real);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            return real.block(nar, root, index).thenApply(bytes -> flipped(bytes, bytes.length / 2));
        }
    }
}
