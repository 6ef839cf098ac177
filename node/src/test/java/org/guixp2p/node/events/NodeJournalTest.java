// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.download.DownloadTrace;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;

/** What is counted of all that happens. */
class NodeJournalTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    /** More than readers of events are told of at once. */
    private static final int MANY = 3 * PacedEvents.AT_ONCE;

    private final NodeJournal journal = new NodeJournal(InstantSource.system());

    private static NarHash nar(int number) {
        return new NarHash(Sha256.hash(ByteBuffer.allocate(Integer.BYTES).putInt(number).array()));
    }

    private long told(Class<? extends NodeEvent> type) {
        return journal.events().after(0, type::isInstance, MANY).events().size();
    }

    @Test
    void whatCameIsCountedAlsoWhereItIsTooMuchToTellOf() {
        for (int download = 0; download < MANY; download++) {
            DownloadTrace trace = journal.downloads(_ -> {}).begun(new NarRequest(ITEM, nar(download),
                    new NarSize(1000), new byte[0], List.of(), true, true, SubstitutePolicy.P2P_FIRST, AutoSeed.OFF));
            trace.received("peer", 1000);
            trace.received("https://server.example", 300);
            trace.received("disk", 50_000);
            trace.at("done");
        }
        assertEquals(1300L * MANY, journal.receivedBytes());
        assertTrue(told(NodeEvent.BlocksReceived.class) < MANY, "some are left out");
        assertEquals(0, journal.givenBytes());
    }

    @Test
    void whatIsGivenIsCountedAlsoWhereItIsTooMuchToTellOf() {
        List<Runnable> everySecond = new ArrayList<>();
        OfferWatcher watcher = journal.watching(OfferWatcher.none(), everySecond::add);
        for (int number = 0; number < MANY; number++) {
            watcher.given(new Seeds.Offered(nar(number), new NarSize(1000), nar(0).digest()));
        }
        everySecond.forEach(Runnable::run);
        assertEquals(1000L * MANY, journal.givenBytes());
        assertTrue(told(NodeEvent.BlocksServed.class) < MANY, "some are left out");
        assertEquals(0, journal.receivedBytes());
    }
}
