// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;

/** A download with a server that says nothing, and peers whose sessions are the test. */
final class ProbedDownload implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final int BLOCKS = 6;

    final Manifest manifest = manifest(1);
    final TestSite site;
    final TestProbe<Swarm.Command> swarm;
    /** Done when the server was asked. */
    final CompletableFuture<Void> serverAsked = new CompletableFuture<>();
    private final ActorRef<Downloads.Command> downloads;
    private final ActorRef<Swarm.Event> events;
    private final ActorRef<Download.Command> download;
    private final TestProbe<TransferStatus> statuses;

    ProbedDownload(Path directory, SubstitutePolicy policy, Duration stallTimeout) throws IOException {
        site = new TestSite(directory,
                TestSite.config(directory, policy, List.of(), SharedItem.LONG, stallTimeout, 1, 8), offers -> offers,
                SharedItem.LONG);
        swarm = site.kit.createTestProbe();
        downloads = site.kit.spawn(Downloads.create(site.context(swarm.ref())));
        // That of small NARs.
        swarm.expectMessageClass(Swarm.Subscribe.class, PATIENCE);
        downloads.tell(new Downloads.Fetch(request(policy), new CompletableFuture<>()));
        events = swarm.expectMessageClass(Swarm.Subscribe.class, PATIENCE).subscriber();
        TestProbe<Downloads.Running> running = site.kit.createTestProbe();
        downloads.tell(new Downloads.WhatRuns(running.ref()));
        download = running.receiveMessage(PATIENCE).downloads().getFirst();
        statuses = site.kit.createTestProbe();
    }

    /** Of a file's contents that another number changes. */
    static Manifest manifest(int number) {
        return nar(number).manifest();
    }

    private static ManySmall.Nar nar(int number) {
        return ManySmall.Nar.of(number, BLOCKS * BlockLayout.BLOCK_BYTES - 1000);
    }

    private NarRequest request(SubstitutePolicy policy) {
        byte[] nar = nar(1).bytes();
        NarSupply silent = new TestSupply("http://a/nar/x", () -> {
            serverAsked.complete(null);
            return Source.never();
        });
        return new NarRequest(new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"),
                new NarHash(Sha256.hash(nar)), new NarSize(nar.length), new byte[]{1}, List.of(silent), true, true,
                policy, AutoSeed.OFF);
    }

    /** A peer connects. */
    Peer peer(int number) {
        Peer peer = new Peer(number);
        events.tell(new Swarm.PeerUp(peer.id, "group " + number, 64, peer.session.ref()));
        return peer;
    }

    /** A peer connects of which something comes all the time, though no block: it has not stalled. */
    Peer sendingPeer(int number) {
        Peer peer = new Peer(number);
        AtomicLong sent = new AtomicLong();
        events.tell(
                new Swarm.PeerUp(peer.id, "group " + number, 64, site.kit.spawn(Behaviors.receiveMessage(command -> {
                    if (command instanceof PeerSession.CountBytes count) {
                        count.answer().accept(sent.addAndGet(BlockLayout.BLOCK_BYTES));
                    }
                    peer.session.ref().tell(command);
                    return Behaviors.same();
                }))));
        return peer;
    }

    /** Whoever was connected at the beginning is known. */
    void allKnown() {
        events.tell(new Swarm.Snapshot());
    }

    /** How it stands, when what it was told before has been looked at. */
    TransferStatus status() {
        download.tell(new Download.Describe(statuses.ref()));
        return statuses.receiveMessage(PATIENCE);
    }

    /** All that it is told meanwhile has come before it looks at any of it. */
    void tellAtOnce(Runnable tell) {
        CountDownLatch waits = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        // On the download's own thread, since nobody else asks for the answer.
        CompletableFuture<Void> waited = opened.thenAccept(reader -> {
            waits.countDown();
            try {
                told.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        download.tell(new Download.Open(opened, false));
        Eventually.holds(() -> waits.getCount() == 0, () -> "a download that waits");
        tell.run();
        told.countDown();
        Eventually.get(waited);
    }

    /** Nobody wants it any more. */
    void stop() {
        site.kit.stop(downloads);
    }

    /** The bytes of a block. */
    static byte[] block(int index) {
        byte[] nar = nar(1).bytes();
        int from = index * BlockLayout.BLOCK_BYTES;
        return Arrays.copyOfRange(nar, from, Math.min(nar.length, from + BlockLayout.BLOCK_BYTES));
    }

    final class Peer {
        final PeerId id;
        private final TestProbe<PeerSession.Command> session = site.kit.createTestProbe();

        private Peer(int number) {
            id = new PeerId(Sha256.hash(new byte[]{(byte) number}));
        }

        /** The next of a kind that it is asked or told. */
        <C extends PeerSession.Command> C next(Class<C> kind) {
            return kind.cast(session.fishForMessage(PATIENCE, command -> kind.isInstance(command)
                    ? FishingOutcomes.complete()
                    : FishingOutcomes.continueAndIgnore()).getLast());
        }

        /** All that it is asked and told up to the next of a kind. */
        List<PeerSession.Command> until(Class<? extends PeerSession.Command> kind) {
            return session.fishForMessage(PATIENCE, command -> kind.isInstance(command)
                    ? FishingOutcomes.complete()
                    : FishingOutcomes.continueAndCollect());
        }

        /** It tells which blocks it has; of use once it was told that its news are wanted. */
        void tells(ActorRef<PeerSession.Told> listener, Sha256 root, BlockBits blocks) {
            listener.tell(new PeerSession.Told(id, root, blocks));
        }

        /** Its connection is lost. What its session is asked from here on, and has not taken, is answered by nobody. */
        void leaves() {
            events.tell(new Swarm.PeerDown(id));
        }

        /** Says what it has when it is asked. */
        PeerSession.Query offer(Sha256 root, Holding holding) {
            PeerSession.Query query = next(PeerSession.Query.class);
            query.replyTo().tell(new PeerSession.Offered(manifest.narSize(), root, holding));
            return query;
        }

        /** It has all, and gives the first page of its manifest, and no block. */
        PeerSession.First vouch() {
            PeerSession.First first = offer(manifest.root(), new Holding.Complete()).first().orElseThrow();
            first.page().accept(new PeerSession.PageReceived(manifest.page(0)));
            return first;
        }
    }

    @Override
    public void close() {
        site.close();
    }
}
