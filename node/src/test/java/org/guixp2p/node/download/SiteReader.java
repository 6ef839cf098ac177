// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.swarm.Swarm;

/** Asks a {@link TestSite} for NARs, reads what it gives, and looks how it stands. */
final class SiteReader {
    private SiteReader() {}

    static Source<NarEvent, NotUsed> open(TestSite site, NarRequest request) {
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        site.downloads.tell(new Downloads.Fetch(request, opened));
        return opened.orTimeout(20, TimeUnit.SECONDS).join().events();
    }

    static List<NarEvent> read(TestSite site, NarRequest request) throws Exception {
        return open(site, request).runWith(Sink.seq(), site.kit.system()).toCompletableFuture().get(60,
                TimeUnit.SECONDS);
    }

    /** The bytes after the last restart, when the download succeeded. */
    static byte[] received(List<NarEvent> events) {
        assertInstanceOf(NarEvent.Done.class, events.getLast(), () -> events.getLast().toString());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (NarEvent event : events) {
            switch (event) {
                case NarEvent.Bytes piece -> bytes.writeBytes(piece.bytes());
                case NarEvent.Restart _ -> bytes.reset();
                case NarEvent.Done _,NarEvent.Failed _ -> assertEquals(events.getLast(), event);
            }
        }
        return bytes.toByteArray();
    }

    /** How the next download that ends stood at its end. */
    static TransferStatus status(TestSite site) throws InterruptedException {
        TransferStatus status = site.finished.poll(20, TimeUnit.SECONDS);
        assertNotNull(status, "the download did not end");
        return status;
    }

    /** The ids of the peers that it is connected with. */
    static List<String> connected(TestSite site) {
        TestProbe<Swarm.Described> probe = site.kit.createTestProbe();
        site.swarm.tell(new Swarm.Describe(probe.ref()));
        return probe.receiveMessage(Duration.ofSeconds(20)).peers().stream().map(PeerStatus::peerId).toList();
    }
}
