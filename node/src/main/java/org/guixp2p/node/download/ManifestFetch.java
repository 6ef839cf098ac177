// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Gets the manifest that a download is to follow: asks those who vouch for its pages until one is whole, and looks then which
 * of its blocks are on the disk already. Part of the {@link Download} actor, on its thread.
 */
final class ManifestFetch {
    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Tally tally;
    private final RootElection<Sha256, PeerId> election;
    private final Providers providers;
    private final HeadStart headStart;
    private final Headway headway;
    private final ManifestSearch search;
    private final Resumption resumption;
    /** Of all blocks that those have sent who are asked for pages, when they were last counted. */
    private final Map<ActorRef<PeerSession.Command>, Long> sent = new HashMap<>();
    private boolean searching;

    /** @param headway is told of each page that comes */
    ManifestFetch(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Tally tally,
            RootElection<Sha256, PeerId> election, Providers providers, RelaySide relays, HeadStart headStart,
            Headway headway) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.tally = tally;
        this.election = election;
        this.providers = providers;
        this.headStart = headStart;
        this.headway = headway;
        this.search = new ManifestSearch(election, request.size(), node.config().substitutes().minProviders(),
                relays.claims()::relaysOf);
        this.resumption = new Resumption(context, request, node, tally);
    }

    /** Peers have their turn: from the first one on that stands for something, pages are waited for. */
    void start() {
        searching = false;
        sent.clear();
    }

    /** Whether any root is worth a try. */
    boolean hasCandidates() {
        return search.hasCandidates();
    }

    /** Whether every root worth a try has had its time, and those who were asked for it theirs. */
    boolean isExhausted(long nowMillis) {
        return search.isExhausted(nowMillis);
    }

    /** Asks for pages that are missing, as long as no manifest is followed. */
    void ask(Attempt attempt, long nowMillis) {
        if (attempt.manifest().isPresent()) {
            return;
        }
        if (!searching && search.hasCandidates()) {
            searching = true;
            headway.made(nowMillis);
        }
        for (ManifestSearch.Ask ask : search.next(nowMillis)) {
            Providers.Peer peer = providers.find(ask.peer());
            if (peer != null && !(ask.page() == 0 && headStart.brings(ask.peer()))) {
                requestPage(ask, peer, attempt.number());
            }
        }
    }

    /** The first page, once, when it came along with the offer and there is use for it now. */
    Optional<PeerEvent.ManifestPart> ahead(Attempt attempt) {
        return headStart.page(search::tries, attempt.number());
    }

    /** Asks the sessions of those who owe a page how much has come: over a slow line it comes behind blocks. */
    void countBytes() {
        ActorRef<Download.Command> self = context.getSelf();
        for (PeerId id : search.asked()) {
            Providers.Peer peer = providers.find(id);
            if (peer != null) {
                peer.session.tell(new PeerSession.CountBytes(
                        total -> self.tell(new PeerEvent.BytesReceived(id, peer.session, total))));
            }
        }
    }

    /** So much has come of what a peer gives, of whatever. */
    void counted(PeerEvent.BytesReceived counted, long nowMillis) {
        Long before = sent.put(counted.session(), counted.total());
        if (before != null) {
            headway.received(counted.total() - before, nowMillis);
        }
    }

    private void requestPage(ManifestSearch.Ask ask, Providers.Peer peer, int number) {
        context.ask(PeerSession.ManifestReply.class, peer.session,
                node.config().transfers().requestTimeout().plusSeconds(1),
                reply -> new PeerSession.FetchManifest(request.hash(), ask.root(), ask.page(), reply),
                (reply, timeout) -> new PeerEvent.ManifestPart(number, ask.peer(), ask.root(),
                        reply == null ? new PeerSession.ManifestFailed("no answer in time", 0) : reply));
    }

    /** The manifest to follow, when it is whole. */
    Optional<Manifest> whole(long nowMillis) {
        return search.whole(nowMillis);
    }

    /**
     * A page came, or will not.
     *
     * @return the manifest to follow, when it is whole by that
     * @throws FormatException when it is no page of what the peer stands for
     */
    Optional<Manifest> answered(PeerEvent.ManifestPart part, long nowMillis) throws FormatException {
        switch (part.reply()) {
            case PeerSession.PageReceived received -> {
                Optional<Manifest> whole = search.received(part.peer(), part.root(), received.page(), nowMillis);
                headway.made(nowMillis);
                return whole;
            }
            case PeerSession.ManifestFailed busy when busy.retryAfterMillis() > 0 ->
                search.busy(part.peer(), part.root(), nowMillis + busy.retryAfterMillis());
            // Not its fault, perhaps; but whoever stands for a manifest and does not give it is of no use here. A relay may
            // have it a little later, and may stand for another one.
            case PeerSession.ManifestFailed failed -> {
                search.busy(part.peer(), part.root(), nowMillis + ManifestSearch.PATIENCE_MILLIS);
                if (election.vouchersFor(part.root()).contains(part.peer())) {
                    tally.lost(part.peer(), "it gives no manifest: " + failed.reason());
                    forget(part.peer());
                }
            }
        }
        return Optional.empty();
    }

    /** A peer stands for nothing any more. */
    void forget(PeerId peer) {
        election.withdraw(peer);
        search.forget(peer);
        headStart.stop(peer);
    }

    /** Begins to follow a manifest. */
    void follow(Manifest manifest, Attempt attempt) {
        attempt.manifest(manifest);
        if (attempt.layout().count() > Providers.SMALL
                && providers.ids().size() > election.vouchersFor(manifest.root()).size()) {
            attempt.scheduler().scatter();
        }
        resumption.begin(attempt, manifest);
        search.clear();
        sent.clear();
    }

    /**
     * Blocks that match the manifest are as good as if its vouchers had sent them.
     *
     * @return how many of their bytes an attempt given up had fetched
     */
    long found(PeerEvent.BlocksFound found, Attempt attempt) {
        return resumption.found(found, attempt);
    }

    /** Asks and looks for nothing more. */
    void pause() {
        search.clear();
        resumption.stop();
    }
}
