// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldNarTest {
    private static final ManySmall.Nar NAR = ManySmall.Nar.of(1, 40_000);

    @TempDir
    Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final AtomicInteger gone = new AtomicInteger();
    private final List<NarEvent> seen = new ArrayList<>();

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private PartialNar file() throws IOException {
        PartialNar file = NarStore.open(directory).create(NAR.hash(), new NarSize(NAR.bytes().length));
        file.write(0, NAR.bytes(), 0, NAR.bytes().length);
        return file;
    }

    private OpenedNar opened(PartialNar file, Pieces pieces) {
        return new HeldNar(file::read, new NarSize(NAR.bytes().length), "guixp2p://x", pieces, Runnable::run,
                gone::incrementAndGet).opened();
    }

    private Optional<CompletionStage<Done>> into(OpenedNar opened, CompletableFuture<Done> taken) {
        return opened.atOnce().orElseThrow().into(events -> {
            seen.addAll(events);
            return taken;
        });
    }

    /** It is memory as long as it is on its way to whoever reads it. */
    @Test
    void itIsCountedUntilItIsTaken() throws Exception {
        Pieces pieces = new Pieces(200_000);
        int alone = pieces.bytes();
        CompletableFuture<Done> taken = new CompletableFuture<>();
        CompletionStage<Done> sent = into(opened(file(), pieces), taken).orElseThrow();
        assertArrayEquals(NAR.bytes(), SiteReader.received(seen));
        pieces.opened();
        assertEquals(alone / 2, pieces.bytes());
        pieces.closed();
        taken.complete(Done.getInstance());
        Eventually.get(sent);
        pieces.opened();
        assertEquals(alone, pieces.bytes());
        assertEquals(1, gone.get());
    }

    @Test
    void whereManyReadItComesInPieces() throws Exception {
        Pieces pieces = new Pieces(64_000);
        OpenedNar opened = opened(file(), pieces);
        assertTrue(into(opened, new CompletableFuture<>()).isEmpty());
        assertEquals(0, gone.get(), "nothing was done");
        List<NarEvent> events = Eventually.get(opened.events().runWith(Sink.seq(), kit.system()));
        assertTrue(events.size() > 2);
        assertArrayEquals(NAR.bytes(), SiteReader.received(events));
        Eventually.holds(() -> gone.get() == 1, () -> "it is let go of");
        pieces.opened();
        assertEquals(32_000, pieces.bytes());
    }

    @Test
    void whatCannotBeReadIsSaid() throws Exception {
        PartialNar file = file();
        file.close();
        CompletionStage<Done> sent = into(opened(file, new Pieces(1 << 20)),
                CompletableFuture.completedFuture(Done.getInstance())).orElseThrow();
        Eventually.get(sent);
        assertInstanceOf(NarEvent.Failed.class, seen.getLast());
        assertInstanceOf(NarEvent.Failed.class, Eventually.get(
                opened(file, new Pieces(1 << 20)).events().runWith(Sink.seq(), kit.system())).getLast());
    }

    @Test
    void whoeverReadsNoFurtherLetsGoOfIt() throws Exception {
        opened(file(), new Pieces(1 << 20)).events().runWith(Sink.cancelled(), kit.system());
        Eventually.holds(() -> gone.get() == 1, () -> "it is let go of");
    }
}
