// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.swarm.NarFile;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.testing.Fixtures;

/** A gateway before one item, whose NAR lies here as a file of random bytes. In blocks it is another one, of zeros. */
final class FileItems implements GatewayItems, AutoCloseable {
    private static final int SMALL_BUFFER = 16 << 10;

    private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "gateway-files");
    private final ExecutorService compressing = Executors.newFixedThreadPool(2);
    private final Path file;
    private final byte[] nar;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger blocks = new AtomicInteger();
    private final Gateway.Started started;

    /** @param bytes of the NAR */
    FileItems(Path directory, GatewaySettings settings, int bytes) throws Exception {
        this.nar = new byte[bytes];
        new Random(11).nextBytes(nar);
        this.file = Files.write(directory.resolve("nar"), nar);
        this.started = Gateway.start(system, this, settings, new Gateway.Means(compressing, 1, 1 << 20),
                new HostAndPort("127.0.0.1", 0), OptionalInt.of(SMALL_BUFFER));
    }

    HostAndPort address() {
        return started.address();
    }

    Path file() {
        return file;
    }

    byte[] nar() {
        return nar.clone();
    }

    /** How many files are open. */
    int open() {
        return open.get();
    }

    /** How many were opened. */
    int opened() {
        return opened.get();
    }

    /** How many blocks were given out of files. */
    int blocks() {
        return blocks.get();
    }

    @Override
    public CompletionStage<Boolean> isKnown(String hashPart) {
        return CompletableFuture.completedFuture(true);
    }

    @Override
    public CompletionStage<Optional<Item>> find(String hashPart) {
        return offered(hashPart);
    }

    @Override
    public CompletionStage<Optional<Item>> offered(String hashPart) {
        try {
            return CompletableFuture.completedFuture(Optional.of(new Item(
                    Narinfo.parse(Fixtures.bytes("narinfo/" + TestNars.HELLO.path().hashPart() + ".narinfo")),
                    new NarSize(nar.length))));
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public CompletionStage<Optional<Opened>> open(Item item, long from, CompletionStage<Done> gone) {
        return openOffered(item, from);
    }

    @Override
    public CompletionStage<Optional<Opened>> openOffered(Item item, long from) {
        Source<ByteString, NotUsed> zeros = Source.single(nar.length - from)
                .map(length -> ByteString.fromArrayUnsafe(new byte[length.intValue()]));
        return CompletableFuture.completedFuture(Optional.of(new Opened.Held(zeros, this::opening)));
    }

    private CompletionStage<Optional<NarFile>> opening() {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            open.incrementAndGet();
            opened.incrementAndGet();
            return CompletableFuture.completedFuture(
                    Optional.of(new NarFile(channel, blocks::incrementAndGet, open::decrementAndGet)));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void close() {
        started.gateway().close();
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
        compressing.shutdownNow();
    }
}
