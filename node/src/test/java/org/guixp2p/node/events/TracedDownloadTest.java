// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.download.PeersOver;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of what a download tells. */
class TracedDownloadTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final String PATH = ITEM.path();
    private static final PeerId PEER = PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]);
    private static final String SERVER = "https://server.example";

    private final List<NodeEvent> events = new ArrayList<>();
    private final List<BuildStatus> builds = new ArrayList<>();
    private final List<TransferStatus> ended = new ArrayList<>();
    private long nanos;

    private TracedDownload download(SubstitutePolicy policy, boolean mayAskPeers) {
        NarRequest request = new NarRequest(ITEM, new NarHash(Sha256.hash(new byte[1])), new NarSize(1000), new byte[0],
                List.of(), true, mayAskPeers, policy, AutoSeed.OFF);
        return new TracedDownload(3, request, Instant.EPOCH, events::add, () -> nanos,
                builds::add, ended::add);
    }

    private static TransferStatus last(@Nullable String failure, TransferStatus.Source... sources) {
        return new TransferStatus(3, PATH, "sha256:x", 1000, failure == null ? "done" : "failed", 1000, 2.5, 0,
                List.of(sources), BlockMap.NONE, 4, 0, 0, 0, failure);
    }

    private void after(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private static TransferStatus.Source source(String name, long bytes) {
        return new TransferStatus.Source(name, bytes);
    }

    private static final TransferStatus.Source OF_PEER = source(PEER.toString(), 600);
    private static final TransferStatus.Source OF_SERVER = source(SERVER, 400);

    @Test
    void whatComesFromPeersIsToldOnceASecond() {
        TracedDownload download = download(SubstitutePolicy.P2P_FIRST, true);
        download.at("providers");
        after(500);
        download.at("blocks");
        events.clear();
        for (int i = 0; i < 1000; i++) {
            after(10);
            download.received(PEER.toString(), 100);
        }
        download.at("done");
        download.ended(last(null, OF_PEER));
        long received = events.stream().filter(NodeEvent.BlocksReceived.class::isInstance).count();
        assertTrue(received >= 9 && received <= 11, () -> "told " + received + " times");
        assertEquals(1000, events.stream().mapToLong(
                event -> event instanceof NodeEvent.BlocksReceived some ? some.blocks() : 0).sum());
        assertEquals(new NodeEvent.DownloadSucceeded(3, PATH, 10.5), events.getLast());
        BuildStatus build = builds.getFirst();
        assertEquals(List.of(new BuildStatus.Phase("providers", 0.5), new BuildStatus.Phase("blocks", 10.0)),
                build.phases());
        assertEquals("All of it came from one peer.", build.answer());
        assertEquals(List.of("done", "peers"), List.of(build.outcome(), build.from()));
        assertNull(build.whyNotPeers());
    }

    @Test
    void whatWasLeftToVerifyIsAPhaseOfItsOwn() {
        TracedDownload download = download(SubstitutePolicy.P2P_FIRST, true);
        download.at("providers");
        after(500);
        download.at("blocks");
        after(2000);
        download.received(PEER.toString(), 1000);
        after(250);
        download.at("done");
        download.ended(last(null, OF_PEER));
        assertEquals(List.of(new BuildStatus.Phase("providers", 0.5), new BuildStatus.Phase("blocks", 2.0),
                new BuildStatus.Phase("verifying", 0.25)), builds.getFirst().phases());
    }

    @Test
    void howLongItsNarinfoWasLookedForComesFirst() {
        for (Duration took : List.of(Duration.ofMillis(120), Duration.ofNanos(999_999))) {
            NarRequest request = new NarRequest(ITEM, new NarHash(Sha256.hash(new byte[1])), new NarSize(1000),
                    new byte[0], List.of(), true, true, SubstitutePolicy.P2P_FIRST, AutoSeed.OFF, took);
            TracedDownload download = new TracedDownload(3, request, Instant.EPOCH, events::add, () -> nanos,
                    builds::add, ended::add);
            download.at("providers");
            after(500);
            download.at("done");
            download.ended(last(null, OF_PEER));
        }
        BuildStatus.Phase providers = new BuildStatus.Phase("providers", 0.5);
        assertEquals(List.of(List.of(new BuildStatus.Phase("metadata", 0.12), providers), List.of(providers)),
                builds.stream().map(BuildStatus::phases).toList());
    }

    /** What came in a phase before, or without effect, was not what is verified. */
    @Test
    void whereNothingCameNothingIsLeftToVerify() {
        TracedDownload download = download(SubstitutePolicy.P2P_FIRST, true);
        download.at("blocks");
        download.received(PEER.toString(), 1000);
        after(100);
        download.at("servers");
        after(100);
        download.at("done");
        download.ended(last(null, OF_PEER));
        assertEquals(List.of(new BuildStatus.Phase("blocks", 0.1), new BuildStatus.Phase("servers", 0.1)),
                builds.getFirst().phases());
    }

    /** However many give at once: what is counted elsewhere is counted from this. */
    @Test
    void nothingThatComesIsLeftOut() {
        TracedDownload download = download(SubstitutePolicy.P2P_FIRST, true);
        download.at("blocks");
        events.clear();
        int sources = 3 * TracedDownload.MOST;
        IntStream.range(0, sources).forEach(i -> download.received("peer" + i, 100));
        download.at("done");
        assertEquals(sources * 100L, events.stream().mapToLong(
                event -> event instanceof NodeEvent.BlocksReceived some ? some.bytes() : 0).sum());
    }

    @Test
    void whyPeersHadTheirTurnIsSaid() {
        TracedDownload download = download(SubstitutePolicy.HTTP_FIRST, true);
        download.at("servers");
        download.serversOver("no server has it");
        download.at("providers");
        download.at("done");
        download.ended(last(null, OF_PEER));
        assertTrue(events.contains(new NodeEvent.FellBackToPeers(3, PATH, "no server has it")), events::toString);
    }

    @Test
    void whyServersHadTheirTurnIsSaid() {
        TracedDownload download = download(SubstitutePolicy.P2P_FIRST, true);
        download.at("providers");
        download.peersOver(PeersOver.NO_PROVIDER, "no connected peer has it");
        download.at("servers");
        download.at("done");
        download.ended(last(null, OF_SERVER));
        assertTrue(events.contains(new NodeEvent.FellBackToHttp(3, PATH, "no connected peer has it")),
                events::toString);
        assertEquals("no-provider", builds.getFirst().whyNotPeers());
        assertEquals("It came from " + SERVER + ", because of peers: no connected peer has it.",
                builds.getFirst().answer());
        assertEquals(List.of(new BuildStatus.Turn("peers", "no connected peer has it")), builds.getFirst().turns());
    }

    private BuildStatus build(SubstitutePolicy policy, boolean mayAskPeers, @Nullable PeersOver why, String reason,
            TransferStatus.Source... sources) {
        TracedDownload download = download(policy, mayAskPeers);
        if (why != null) {
            download.peersOver(why, reason);
        }
        download.at("done");
        download.ended(last(null, sources));
        return builds.getLast();
    }

    @Test
    void theReasonHasAWordForPrograms() {
        assertEquals("policy", build(SubstitutePolicy.HTTP_FIRST, true, null, "", OF_SERVER).whyNotPeers());
        assertEquals("private", build(SubstitutePolicy.P2P_FIRST, false, PeersOver.PRIVATE, "private", OF_SERVER)
                .whyNotPeers());
        assertEquals("too-few", build(SubstitutePolicy.P2P_FIRST, true, PeersOver.TOO_FEW, "too few", OF_SERVER)
                .whyNotPeers());
        assertEquals("failed", build(SubstitutePolicy.P2P_FIRST, true, PeersOver.FAILED, "no block came for 20 s",
                OF_SERVER).whyNotPeers());
        assertEquals("slower", build(SubstitutePolicy.P2P_FIRST, true, PeersOver.SLOWER, "they bring 20 kB/s", OF_PEER,
                OF_SERVER).whyNotPeers());
        BuildStatus both = build(SubstitutePolicy.P2P_FIRST, true, PeersOver.FAILED, "the peers that had it are gone",
                OF_PEER, OF_SERVER);
        assertEquals(List.of("failed", "peers-and-servers"), List.of(String.valueOf(both.whyNotPeers()), both.from()));
        assertEquals("60 % came from one peer, 40 % from " + SERVER
                + ", because of peers: the peers that had it are gone.", both.answer());
        assertEquals("75 % was left by an earlier download; the rest came from 2 peers.",
                build(SubstitutePolicy.P2P_FIRST, true, null, "", source("disk", 750), source("a", 125),
                        source("b", 125)).answer());
        assertEquals("All of it was left by an earlier download.",
                build(SubstitutePolicy.P2P_ONLY, true, null, "", source("disk", 1000)).answer());
    }

    @Test
    void whoWasCaughtOutAndWhatFailedIsSaid() {
        TracedDownload download = download(SubstitutePolicy.P2P_ONLY, true);
        download.at("providers");
        download.corrupt(PEER, 2);
        download.excluded(PEER, "block 2 does not match");
        download.restarted("it is another NAR");
        download.requeued(0, 3);
        download.requeued(0, 5);
        download.requeued(1, 1);
        download.peersOver(PeersOver.NO_PROVIDER, "no connected peer has it");
        download.at("failed");
        download.ended(last("no connected peer has it"));
        assertTrue(events.contains(new NodeEvent.CorruptBlock(3, PATH, PEER.toString(), 2)));
        assertTrue(events.contains(new NodeEvent.RootChanged(3, PATH, "it is another NAR")));
        assertEquals(List.of(3L, 2L, 1L), events.stream()
                .flatMap(event -> event instanceof NodeEvent.BlocksRequeued some
                        ? List.of(some.blocks()).stream()
                        : List.<Long>of().stream())
                .toList());
        assertEquals(new NodeEvent.DownloadFailed(3, PATH, 2.5, "no connected peer has it"), events.getLast());
        BuildStatus build = builds.getFirst();
        assertEquals(List.of("failed", "nowhere", "It was not fetched: no connected peer has it."),
                List.of(build.outcome(), build.from(), build.answer()));
        assertEquals(List.of(new BuildStatus.Trouble(PEER.toString(), "block 2 does not match")), build.troubles());
    }

    /** Whoever asks why need not wait until it was read. */
    @Test
    void whatIsThereIsRememberedAtOnceAndOnce() {
        TracedDownload download = download(SubstitutePolicy.P2P_FIRST, true);
        download.at("done");
        download.over(last(null, OF_PEER));
        assertEquals(List.of("done"), builds.stream().map(BuildStatus::outcome).toList());
        assertEquals(List.of(), ended);
        download.ended(last(null, OF_PEER));
        assertEquals(1, builds.size());
        assertEquals(1, ended.size());
        TracedDownload other = download(SubstitutePolicy.P2P_FIRST, true);
        other.at("failed");
        other.over(last("nobody has it"));
        other.ended(last("nobody has it"));
        assertEquals(1, events.stream().filter(NodeEvent.DownloadFailed.class::isInstance).count());
        assertEquals(2, builds.size());
    }

    /** However many peers and attempts there are. */
    private static PeerId peer(int number) {
        return new PeerId(Sha256.hash(ByteBuffer.allocate(4).putInt(number).array()));
    }

    /** Who is caught out is hung up on. */
    @Test
    void whoIsInTroubleTwiceIsNamedOnce() {
        TracedDownload download = download(SubstitutePolicy.P2P_ONLY, true);
        download.excluded(peer(1), "it gives something else");
        download.excluded(peer(2), "so does this one");
        download.lost(peer(1), "the connection is lost");
        download.lost(peer(3), "the connection is lost");
        download.ended(last("x"));
        assertEquals(List.of(new BuildStatus.Trouble(peer(1).toString(), "it gives something else"),
                new BuildStatus.Trouble(peer(2).toString(), "so does this one"),
                new BuildStatus.Trouble(peer(3).toString(), "the connection is lost")),
                builds.getFirst().troubles());
    }

    @Test
    void whatIsRememberedIsBounded() {
        TracedDownload download = download(SubstitutePolicy.P2P_ONLY, true);
        for (int i = 0; i < 1000; i++) {
            download.excluded(peer(i), "x".repeat(10_000));
            download.peersOver(PeersOver.FAILED, "x".repeat(10_000));
            download.at(i % 2 == 0 ? "providers" : "blocks");
            download.received("peer" + i, 1);
        }
        download.ended(last("x", IntStream.range(0, 1000).mapToObj(i -> source("p" + i, i))
                .toArray(TransferStatus.Source[]::new)));
        BuildStatus build = builds.getFirst();
        assertEquals(TracedDownload.MOST, build.troubles().size());
        assertEquals(TracedDownload.MOST, build.turns().size());
        assertEquals(TracedDownload.MOST, build.phases().size());
        assertEquals(Why.MOST_SOURCES, build.sources().size());
        assertEquals("p999", build.sources().getFirst().name());
        assertEquals(NodeEvent.MOST_TEXT, build.troubles().getFirst().what().length());
    }
}
