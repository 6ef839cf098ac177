// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.jspecify.annotations.Nullable;

/** One seeded NAR in use: reads its blocks, off the dispatcher, and gives itself up when nobody has asked for a while. */
final class Seed extends AbstractBehavior<Seed.Command> {
    /** Without a question for this long the file or index is closed. */
    private static final Duration IDLE = Duration.ofSeconds(60);

    sealed interface Command {}

    /** Wants a block's bytes. */
    record Read(int block, CompletableFuture<byte[]> answer) implements Command {}

    /** Wants the manifest. */
    record WhichManifest(CompletableFuture<Manifest> answer) implements Command {}

    /** Nobody will ask any more. */
    record Stop() implements Command {}

    private record Quiet() implements Command {}

    /** Opens what a seed reads. */
    interface Opener {
        NarContent content() throws IOException;

        Manifest manifest() throws IOException;
    }

    private record Opened(NarContent content, Manifest manifest) {}

    private final CompletionStage<Opened> opened;
    private final Executor disk;
    private final Runnable idle;

    private Seed(ActorContext<Command> context, Opener opener, Executor disk, Runnable idle) {
        super(context);
        this.disk = disk;
        this.idle = idle;
        this.opened = CompletableFuture.supplyAsync(() -> open(opener), disk);
        context.setReceiveTimeout(IDLE, new Quiet());
    }

    /**
     * @param idle called from the actor when nobody has asked for a while; whoever is told sends {@link Stop} if it agrees
     */
    static Behavior<Command> create(Opener opener, Executor disk, Consumer<ActorRef<Command>> idle) {
        return Behaviors.setup(context -> new Seed(context, opener, disk, () -> idle.accept(context.getSelf())));
    }

    private static Opened open(Opener opener) {
        try {
            Manifest manifest = opener.manifest();
            return new Opened(opener.content(), manifest);
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
            case Read read -> opened.thenApplyAsync(source -> read(source, read.block()), disk)
                    .whenComplete((bytes, failure) -> complete(read.answer(), bytes, failure));
            case WhichManifest question -> opened.whenComplete((source, failure) -> complete(question.answer(),
                    source == null ? null : source.manifest(), failure));
            case Quiet _ -> idle.run();
            case Stop _ -> {
                return Behaviors.stopped();
            }
        }
        return this;
    }

    private static byte[] read(Opened source, int block) {
        BlockLayout layout = new BlockLayout(source.manifest().narSize());
        byte[] bytes = new byte[layout.length(block)];
        try {
            source.content().read(layout.offset(block), bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes;
    }

    private static <T> void complete(CompletableFuture<T> answer, @Nullable T value,
            @Nullable Throwable failure) {
        if (value != null) {
            answer.complete(value);
        } else {
            answer.completeExceptionally(failure == null ? new IOException("nothing was read") : failure);
        }
    }

    /** Reads under way finish first: they run on the same source. */
    private Behavior<Command> close() {
        opened.thenAcceptAsync(source -> {
            try {
                source.content().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, disk);
        return this;
    }
}
