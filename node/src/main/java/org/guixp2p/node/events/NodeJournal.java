// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.dht.AnnouncementWatcher;
import org.guixp2p.node.download.DownloadTrace;
import org.guixp2p.node.download.DownloadWatcher;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.swarm.PeerWatcher;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/** What happens in the node: its watchers, and what they have found. Safe for several threads. */
public final class NodeJournal {
    private final InstantSource clock;
    private final EventJournal journal;
    private final PacedEvents paced;
    private final EventSink events;
    private final GivenBlocks given;
    private final NarinfoEvents narinfos;
    private final BuildHistory history = new BuildHistory();
    private final Unclaimed unclaimed = new Unclaimed();
    private final AtomicLong downloads = new AtomicLong();
    private final AtomicLong daemonCommands = new AtomicLong();
    private final TrafficTotals traffic = new TrafficTotals();
    private volatile Observer observer = Observer.NOBODY;

    /** Hears of all that happens, on any thread, which it does not block. */
    public interface Observer {
        /** Nobody wants to know. */
        Observer NOBODY = new Observer() {};

        /** Something has happened. */
        default void happened(NodeEvent event) {}

        /** A download is over. */
        default void over(BuildStatus build) {}
    }

    public NodeJournal(InstantSource clock) {
        this.clock = clock;
        this.journal = new EventJournal(clock);
        this.paced = new PacedEvents(event -> {
            if (event instanceof NodeEvent.EventsOmitted) {
                // It is made there, and was not seen before.
                observer.happened(event);
            }
            journal.publish(event);
        }, System::nanoTime);
        // Observers hear of everything, also of what is too much for readers; so is what came and went counted.
        this.events = event -> {
            traffic.count(event);
            observer.happened(event);
            paced.publish(event);
        };
        this.given = new GivenBlocks(events);
        this.narinfos = new NarinfoEvents(events);
    }

    /** Has {@code other} hear of what happens from now on; whoever did before does no more. */
    public void observe(Observer other) {
        observer = other;
    }

    /** The events. */
    public EventSource events() {
        return journal;
    }

    /** The latest downloads that are over, those that ended last first. */
    public List<BuildStatus> builds() {
        return history.all();
    }

    /** For what those are told who ask about items. */
    public ClaimWatcher claims() {
        return new ClaimWatcher() {
            @Override
            public void claimed(StorePath path) {
                unclaimed.remove(path);
            }

            @Override
            public void notClaimed(NotClaimed item) {
                unclaimed.add(downloads.incrementAndGet(), item, narinfos.refused(item.path()), clock.instant());
            }
        };
    }

    /** Items that were not promised lately, those that were asked about last first. */
    public List<BuildStatus> notClaimed() {
        return unclaimed.all();
    }

    /** The builds that trusted narinfos have named lately, some thousands. */
    public List<KnownBuild> buildsKnown() {
        return narinfos.lately();
    }

    /** How many builds trusted narinfos have named. */
    public long buildsSeen() {
        return narinfos.seen();
    }

    /** The daemon's substituter has given a command. */
    public void daemonAsked() {
        daemonCommands.incrementAndGet();
    }

    /** How many commands the daemon's substituters have given. */
    public long daemonCommands() {
        return daemonCommands.get();
    }

    /** Bytes of NARs that have come from peers and servers, all of them; told of about once a second. */
    public long receivedBytes() {
        return traffic.received();
    }

    /** Bytes of NARs that were given to others, likewise; a block counts as large as the middling one of its NAR. */
    public long givenBytes() {
        return traffic.given();
    }

    /** For who comes and goes. */
    public PeerWatcher peers() {
        return new PeerEvents(events);
    }

    /** For narinfos. */
    public Metadata.NarinfoWatcher narinfos() {
        return narinfos;
    }

    /** For what becomes of announcements in the DHT. */
    public AnnouncementWatcher announcements() {
        return (nar, key, keptBy, asked) -> events.publish(
                new NodeEvent.AnnouncementEnded(nar.map(NarHash::toString).orElse(null), key.toString(), keptBy,
                        asked));
    }

    /** A directory, of whose lookups and announcements this takes notice. */
    public ProviderDirectory watching(ProviderDirectory directory) {
        return new DirectoryEvents(events, directory);
    }

    /**
     * For what is offered, besides {@code other}; and for what is told once a second.
     *
     * @param everySecond does something again and again
     */
    public OfferWatcher watching(OfferWatcher other, Consumer<Runnable> everySecond) {
        everySecond.accept(() -> {
            given.tick();
            paced.tick();
        });
        return new OfferEvents(events, given, other);
    }

    /** Bytes of a NAR that is on its way here are given to a client of the gateway. */
    public void givenOnItsWay(NarHash nar, long bytes) {
        given.count(nar, bytes);
    }

    /** A block of a NAR that is offered in part is given to somebody. */
    public void givenOfPart(NarHash nar, NarSize size) {
        given.count(nar, size);
    }

    /** For downloads; what each was at the end goes to {@code ended} too. */
    public DownloadWatcher downloads(Consumer<TransferStatus> ended) {
        return request -> begun(request, ended);
    }

    private void remember(BuildStatus build) {
        history.add(build);
        observer.over(build);
    }

    private DownloadTrace begun(NarRequest request, Consumer<TransferStatus> ended) {
        unclaimed.remove(request.path());
        return new TracedDownload(downloads.incrementAndGet(), request, clock.instant(), events, System::nanoTime,
                this::remember, ended);
    }
}
