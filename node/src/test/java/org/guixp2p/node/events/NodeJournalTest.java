// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.api.EventRecord;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.download.DownloadTrace;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** What is counted of all that happens. */
class NodeJournalTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final PeerId PEER = PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]);
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

    private List<NodeEvent> events() {
        return journal.events().after(0, _ -> true, MANY).events().stream().map(EventRecord::event).toList();
    }

    @Test
    void whatBecomesOfLookupsAndAnnouncementsIsTold() {
        ProviderDirectory directory = journal.watching(new ProviderDirectory() {
            @Override
            public void announce(Announcement announcement) {}

            @Override
            public void withdraw(NarHash nar) {}

            @Override
            public Lookup lookup(Question question, Listener listener) {
                listener.found(List.of(new ProviderHint.Connected(PEER), new ProviderHint.Connected(PEER)));
                listener.ended(End.EXHAUSTED);
                return () -> {};
            }
        });
        List<ProviderHint> found = new ArrayList<>();
        directory.lookup(new ProviderDirectory.Question(nar(1), 3, Duration.ofSeconds(1)),
                new ProviderDirectory.Listener() {
                    @Override
                    public void found(List<ProviderHint> hints) {
                        found.addAll(hints);
                    }

                    @Override
                    public void ended(ProviderDirectory.End end) {}
                });
        directory.announce(new ProviderDirectory.Announcement(nar(2), 1000, 0));
        directory.withdraw(nar(2));
        assertEquals(2, found.size());
        String hash = nar(1).toString();
        assertEquals(new NodeEvent.LookupStarted(hash), events().getFirst());
        NodeEvent.LookupEnded ended = (NodeEvent.LookupEnded) events().get(1);
        assertEquals(List.of(hash, "exhausted", 2), List.of(ended.narHash(), ended.how(), ended.providers()));
        assertEquals(List.of(new NodeEvent.AnnouncementStarted(nar(2).toString(), true),
                new NodeEvent.AnnouncementWithdrawn(nar(2).toString(), true)), events().subList(2, 4));
    }

    @Test
    void whoIsTurnedAwayAndWhatDoesNotCountIsTold() {
        InetSocketAddress address = new InetSocketAddress("192.0.2.1", 7);
        journal.peers().refused(PEER, address, "no place is free");
        journal.peers().banned(PEER, Duration.ofMinutes(90), "it lied");
        journal.narinfos().judged(ITEM, "https://server.example", new Verdict.Unsigned(ITEM));
        assertEquals(List.of(new NodeEvent.PeerRefused(PEER.toString(), "192.0.2.1:7", "no place is free"),
                new NodeEvent.PeerBanned(PEER.toString(), 90, "it lied"), new NodeEvent.MetadataRefused(ITEM.path(),
                        "https://server.example", new Verdict.Unsigned(ITEM).reason())),
                events());
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
