// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.store.TreeChangedException;
import org.guixp2p.protocol.store.UnsupportedTreeException;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * One seeded NAR in use: reads its blocks, off the dispatcher, and gives itself up when nobody has asked for a while.
 *
 * <p>Each block is compared with the manifest when it is read first: what has changed since it was hashed is not given to
 * peers, who would have to take this node for a liar.
 */
final class Seed extends AbstractBehavior<Seed.Command> {
    /** Without a question for this long the file or index is closed. */
    static final Duration IDLE = Duration.ofSeconds(60);

    sealed interface Command {}

    /** Wants a block's bytes. */
    record Read(int block, CompletableFuture<byte[]> answer) implements Command {}

    /** Wants the manifest. */
    record WhichManifest(CompletableFuture<Manifest> answer) implements Command {}

    /** There is room for it: begins to open the NAR, for which questions have waited. */
    record Open() implements Command {}

    /** Nobody will ask any more: finishes what was asked, and stops. */
    record Stop() implements Command {}

    private record Quiet() implements Command {}

    private record Answered(@Nullable Throwable failure) implements Command {}

    private record NotOpened(Throwable failure) implements Command {}

    /** Whoever has given out the seed. */
    interface Owner {
        /** The NAR is open, or cannot be opened: from now on the seed takes so much of the heap, in bytes. */
        void opened(ActorRef<Command> seed, long memory);

        /** Nobody has asked for a while; an owner who agrees sends {@link Stop}. */
        void idle(ActorRef<Command> seed);

        /**
         * Each of its blocks was compared with the manifest.
         *
         * @param since none of them before that
         */
        void verified(Instant since);

        /** The NAR is not there any more as it was hashed. */
        void lost(String why);
    }

    /** Times of files are those of the kernel's last tick. */
    private static final Duration BEHIND = Duration.ofMillis(20);

    private record Opened(NarContent content, Manifest manifest, BitSet verified, Instant since) {
        private long memory() {
            return content.memory() + manifestMemory(manifest.narSize());
        }
    }

    /** What the manifest of a NAR of {@code size} takes of the heap, in bytes. */
    static long manifestMemory(NarSize size) {
        int blocks = new BlockLayout(size).count();
        return (long) blocks * Sha256.BYTES + blocks / Byte.SIZE;
    }

    private final Executor disk;
    private final Owner owner;
    private final NarOrigin origin;
    private final CompletableFuture<Opened> opened = new CompletableFuture<>();
    private int underWay;
    private boolean stopping;

    private Seed(ActorContext<Command> context, NarOrigin origin, Executor disk, Owner owner) {
        super(context);
        this.disk = disk;
        this.owner = owner;
        this.origin = origin;
        ActorRef<Command> self = context.getSelf();
        var _ = opened.whenComplete((source, failure) -> {
            owner.opened(self, failure == null ? source.memory() : 0);
            if (failure != null) {
                self.tell(new NotOpened(failure));
            }
        });
        context.setReceiveTimeout(IDLE, new Quiet());
    }

    static Behavior<Command> create(NarOrigin origin, Executor disk, Owner owner) {
        return Behaviors.setup(context -> new Seed(context, origin, disk, owner));
    }

    private static Opened open(NarOrigin origin) {
        try {
            Manifest manifest = origin.manifest();
            Instant since = Instant.now().minus(BEHIND);
            NarContent content = origin.content();
            long size = content.size();
            if (size != manifest.narSize().bytes()) {
                content.close();
                throw new FormatException("its NAR has " + size + " bytes instead of " + manifest.narSize());
            }
            return new Opened(content, manifest, new BitSet(), since);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).onSignal(PostStop.class, stopped -> close()).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Open _ -> open();
            case Read read -> answer(opened.thenApplyAsync(source -> read(source, read.block(), owner), disk),
                    read.answer());
            case WhichManifest question -> answer(opened.thenApply(Opened::manifest), question.answer());
            case Answered answered -> {
                underWay--;
                whyLost(answered.failure()).ifPresent(owner::lost);
            }
            case NotOpened not -> {
                getContext().getLog().warn("a NAR that is offered cannot be opened: {}", reason(not.failure()));
                // A new seed makes another try. This one does not stop by itself: a question may be on its way here.
                whyLost(not.failure()).ifPresentOrElse(owner::lost, () -> owner.idle(getContext().getSelf()));
            }
            case Quiet _ -> owner.idle(getContext().getSelf());
            case Stop _ -> stopping = true;
        }
        return stopping && underWay == 0 ? Behaviors.stopped() : this;
    }

    private void open() {
        Stages.into(CompletableFuture.supplyAsync(() -> open(origin), disk), opened);
    }

    private <T> void answer(CompletionStage<T> work, CompletableFuture<T> answer) {
        underWay++;
        ActorRef<Command> self = getContext().getSelf();
        // Told first: whoever sees it fail, and asks whether the NAR is offered, asks after that.
        Stages.into(work.whenComplete((value, failure) -> self.tell(new Answered(failure))), answer);
    }

    private static byte[] read(Opened source, int block, Owner owner) {
        BlockLayout layout = new BlockLayout(source.manifest().narSize());
        byte[] bytes = new byte[layout.length(block)];
        try {
            source.content().read(layout.offset(block), bytes, 0, bytes.length);
            if (!isVerified(source, block)) {
                if (!source.manifest().matches(block, bytes, 0, bytes.length)) {
                    throw new FormatException("block " + block + " is not what was hashed");
                }
                if (isLastVerified(source, block)) {
                    owner.verified(source.since());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes;
    }

    private static boolean isVerified(Opened source, int block) {
        synchronized (source.verified()) {
            return source.verified().get(block);
        }
    }

    /** A block was seen to be right; whether all of them were by now. */
    private static boolean isLastVerified(Opened source, int block) {
        synchronized (source.verified()) {
            source.verified().set(block);
            return source.verified().cardinality() == new BlockLayout(source.manifest().narSize()).count();
        }
    }

    /** Tells a NAR that is gone or was changed from a machine that is short of something for a while. */
    static Optional<String> whyLost(@Nullable Throwable failure) {
        return switch (failure == null ? null : Stages.cause(failure)) {
            case NoSuchFileException gone -> Optional.of(gone.getMessage() + " is not there any more");
            case NotDirectoryException gone -> Optional.of(gone.getMessage() + " is no directory any more");
            case TreeChangedException changed -> Optional.of(String.valueOf(changed.getMessage()));
            case UnsupportedTreeException changed -> Optional.of(String.valueOf(changed.getMessage()));
            case FormatException damaged -> Optional.of(String.valueOf(damaged.getMessage()));
            case EOFException shorter -> Optional.of(String.valueOf(shorter.getMessage()));
            case null, default -> Optional.empty();
        };
    }

    private static String reason(Throwable failure) {
        return String.valueOf(Stages.cause(failure).getMessage());
    }

    private Behavior<Command> close() {
        var _ = opened.thenAcceptAsync(source -> {
            try {
                source.content().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, disk);
        return this;
    }
}
