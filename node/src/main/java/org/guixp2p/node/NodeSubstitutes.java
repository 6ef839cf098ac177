// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.guixp2p.node.download.PeersOver;
import org.guixp2p.node.events.ClaimWatcher;
import org.guixp2p.node.events.NotClaimed;
import org.guixp2p.node.bridge.Substitutes;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.download.NarSupply;
import org.guixp2p.node.download.OpenedNar;
import org.guixp2p.node.metadata.AskedServers;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.metadata.TrustedNarinfo;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.substituter.NixOptions;
import org.jspecify.annotations.Nullable;

/** Answers the daemon's helpers: metadata says what is right, downloads bring it. */
final class NodeSubstitutes implements Substitutes {
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final NodeConfig config;
    private final KeptBack keptBack;
    private final Supplier<SubstitutePolicy> policy;
    private final Metadata metadata;
    private final Servers servers;
    private final Peers peers;
    private final Actors actors;
    private final Function<NarHash, CompletionStage<Boolean>> isKept;
    private final UnaryOperator<List<URI>> found;
    private final ClaimWatcher claims;
    /** Whom the last question was put to: a daemon puts thousands to the same ones. */
    private volatile @Nullable Last last;

    private record Last(List<URI> named, List<URI> found, AskedServers asked) {}

    /** What servers have of a NAR, best first. */
    interface Servers {
        List<NarSupply> of(TrustedNarinfo narinfo, NarSize size);
    }

    /** Peers that say what they have. */
    interface Peers {
        /**
         * Why a NAR cannot be had from them; nothing when as many have it as must. Never fails, and ends in time.
         *
         * @param ahead whether nobody waits for the answer yet
         */
        CompletionStage<Optional<PeersOver>> over(NarHash nar, boolean ahead);
    }

    /**
     * @param keptBack is not for others, whoever has it
     * @param policy that of what is asked for now
     * @param isKept whether a NAR is kept here, so that nobody need be asked; never fails
     * @param found for servers that are named for a question, those that nobody named and that are asked besides
     * @param claims hears what whoever asks is told
     */
    NodeSubstitutes(NodeConfig config, KeptBack keptBack, Supplier<SubstitutePolicy> policy, Metadata metadata,
            Servers servers, Peers peers, Actors actors, Function<NarHash, CompletionStage<Boolean>> isKept,
            UnaryOperator<List<URI>> found, ClaimWatcher claims) {
        this.claims = claims;
        this.policy = policy;
        this.peers = peers;
        this.config = config;
        this.keptBack = keptBack;
        this.metadata = metadata;
        this.servers = servers;
        this.actors = actors;
        this.isKept = isKept;
        this.found = found;
    }

    /** The same for other machines: they do not have servers asked that nobody named. */
    NodeSubstitutes ofNamedServers() {
        // What lies here and is for others they look for themselves; that the rest does is no reason to promise it to them.
        return new NodeSubstitutes(config, keptBack, policy, metadata, servers, peers, actors,
                nar -> CompletableFuture.completedFuture(false), named -> List.of(), claims);
    }

    /**
     * A client's own servers, where it names some, stand in the place of ours; those that nobody named come after them, as they do where
     * {@code guix-daemon --discover} finds them. Whoever wants none to be asked gets none.
     */
    private AskedServers asked(NixOptions options) {
        List<URI> named = options.substituteUrls().orElse(config.substitutes().urls());
        List<URI> besides = named.isEmpty() && options.substituteUrls().isPresent() ? List.of() : found.apply(named);
        Last before = last;
        if (before != null && before.named().equals(named) && before.found().equals(besides)) {
            return before.asked();
        }
        AskedServers asked = AskedServers.of(named, besides);
        last = new Last(named, besides, asked);
        return asked;
    }

    @Override
    public CompletionStage<List<Available>> lookup(List<StorePath> paths, NixOptions options) {
        AskedServers servers = asked(options);
        List<CompletableFuture<Optional<TrustedNarinfo>>> answers = paths.stream()
                .map(path -> claim(path, servers).toCompletableFuture()).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).thenApply(done -> answers.stream()
                .flatMap(answer -> answer.join().stream()).map(NodeSubstitutes::available).toList());
    }

    /**
     * An item, and whether it can be had.
     *
     * @param over why it cannot; nothing when it can
     */
    private record Offer(TrustedNarinfo trusted, Optional<PeersOver> over) {}

    /** The narinfo of an item that can be had. */
    private CompletionStage<Optional<TrustedNarinfo>> claim(StorePath path, AskedServers servers) {
        long begun = System.nanoTime();
        boolean fromPeersAlone = policy.get() == SubstitutePolicy.P2P_ONLY;
        return metadata.lookup(path, servers).thenCompose(found -> {
            Duration lookedUp = since(begun);
            if (found.isEmpty()) {
                claims.notClaimed(new NotClaimed(path, Optional.empty(), lookedUp, Duration.ZERO));
                return CompletableFuture.completedFuture(found);
            }
            CompletionStage<Offer> offers = fromPeersAlone
                    ? fromPeers(found.get(), servers)
                    : fromEither(found.get(), servers);
            return offers.thenApply(offer -> {
                if (offer.over().isEmpty()) {
                    claims.claimed(path);
                    return Optional.of(offer.trusted());
                }
                claims.notClaimed(new NotClaimed(path, Optional.of(NotClaimed.Known.of(offer.trusted(),
                        offer.over().get(), noServers(fromPeersAlone))), lookedUp, since(begun).minus(lookedUp)));
                return Optional.empty();
            });
        });
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    private static String noServers(boolean fromPeersAlone) {
        return fromPeersAlone
                ? "no server gives it (substitute_policy = p2p-only)"
                : "no server that has it answers";
    }

    private CompletionStage<Offer> fromPeers(TrustedNarinfo first, AskedServers servers) {
        // Whether it is public may be known only when all servers have answered.
        return first.isPublic()
                ? offer(first)
                : metadata.lookupWhole(first.path(), servers).thenCompose(whole -> offer(whole.orElse(first)));
    }

    /**
     * From whoever says first that it can be had. What a server has said that answers is enough: whether it has the NAR too, not all
     * of them say (no HEAD). Where the first that is known is not of such a one, peers are asked while others may answer yet.
     */
    private CompletionStage<Offer> fromEither(TrustedNarinfo first, AskedServers servers) {
        if (first.isFresh()) {
            return CompletableFuture.completedFuture(new Offer(first, Optional.empty()));
        }
        CompletionStage<TrustedNarinfo> ofServers = metadata.lookupFresh(first.path(), servers)
                .thenApply(last -> last.orElse(first));
        if (!first.isPublic()) {
            return ofServers.thenCompose(last -> last.isFresh()
                    ? CompletableFuture.completedFuture(new Offer(last, Optional.empty()))
                    : offer(last));
        }
        CompletionStage<Offer> ofPeers = offer(first);
        CompletableFuture<Offer> answer = new CompletableFuture<>();
        var _ = ofPeers.thenAccept(offer -> {
            if (offer.over().isEmpty()) {
                answer.complete(offer);
            }
        });
        var _ = ofServers.thenCompose(last -> last.isFresh()
                ? CompletableFuture.completedFuture(new Offer(last, Optional.empty()))
                // Of one path there may be several builds.
                : last.narinfo().narHash().equals(first.narinfo().narHash()) ? ofPeers : offer(last))
                .whenComplete((offer, failure) -> {
                    if (failure == null) {
                        answer.complete(offer);
                    } else {
                        answer.completeExceptionally(failure);
                    }
                });
        return answer;
    }

    /** From what is kept here, or from peers, as far as its narinfo lets them be asked. */
    private CompletionStage<Offer> offer(TrustedNarinfo trusted) {
        return peersOver(trusted, false).thenApply(over -> new Offer(trusted, over));
    }

    private CompletionStage<Optional<PeersOver>> peersOver(TrustedNarinfo trusted, boolean ahead) {
        NarHash nar = trusted.narinfo().narHash();
        return isKept.apply(nar).thenCompose(here -> here
                ? CompletableFuture.completedFuture(Optional.<PeersOver>empty())
                : trusted.isPublic() && config.seeding().share() != Share.OFF
                        ? peers.over(nar, ahead)
                        : CompletableFuture.completedFuture(Optional.of(PeersOver.PRIVATE)));
    }

    /** Has peers asked who has an item that the daemon may ask about next. */
    void expect(TrustedNarinfo trusted) {
        if (policy.get() == SubstitutePolicy.P2P_ONLY
                && !Files.exists(config.files().locate(trusted.path()), LinkOption.NOFOLLOW_LINKS)) {
            var _ = peersOver(trusted, true);
        }
    }

    private static Available available(TrustedNarinfo trusted) {
        Narinfo narinfo = trusted.narinfo();
        return new Available(trusted.path(), ByteBuffer.wrap(narinfo.raw()), narinfo.references(),
                narinfo.narSize().map(NarSize::bytes).orElse(0L));
    }

    @Override
    public CompletionStage<Optional<Opened>> open(StorePath path, NixOptions options) {
        return wanted(path, options).thenCompose(found -> found.isEmpty()
                ? CompletableFuture.completedFuture(Optional.<Opened>empty())
                : fetch(found.get().request(), false).thenApply(opened -> Optional.of(new Opened(
                        available(found.get().trusted()), found.get().request().size().bytes(), opened))));
    }

    /** As {@link #open}, before anybody has asked for it; empty also when nobody may be asked for it so early, or it is kept here. */
    CompletionStage<Optional<OpenedNar>> openAhead(StorePath path, NixOptions options) {
        return wanted(path, options).thenCompose(found -> {
            Optional<NarRequest> request = found.map(Wanted::request).filter(NarRequest::mayBeFetchedAhead);
            return request.isEmpty()
                    ? CompletableFuture.completedFuture(Optional.<OpenedNar>empty())
                    : isKept.apply(request.get().hash()).thenCompose(here -> here
                            ? CompletableFuture.completedFuture(Optional.<OpenedNar>empty())
                            : fetch(request.get(), true).thenApply(Optional::of));
        });
    }

    /** What is to be fetched, and the narinfo that says so. */
    private record Wanted(TrustedNarinfo trusted, NarRequest request) {}

    private CompletionStage<Optional<Wanted>> wanted(StorePath path, NixOptions options) {
        // Without its size a NAR has no blocks and no bound; every substitute server tells it.
        return metadata.lookupWhole(path, asked(options)).thenApply(found -> found
                .flatMap(trusted -> trusted.narinfo().narSize()
                        .filter(told -> told.bytes() >= NarRequest.SMALLEST_NAR)
                        .map(size -> new Wanted(trusted, request(trusted, size)))));
    }

    private NarRequest request(TrustedNarinfo trusted, NarSize size) {
        Narinfo narinfo = trusted.narinfo();
        // What is kept beside the NAR must show after the next start, too, that it is public.
        byte[] kept = trusted.proof().orElse(narinfo).signedOnly().raw();
        SubstitutePolicy now = policy.get();
        List<NarSupply> supplies = now == SubstitutePolicy.P2P_ONLY ? List.of() : servers.of(trusted, size);
        AutoSeed forOthers = keptBack.has(narinfo.path(), narinfo.narHash())
                ? AutoSeed.OFF
                : config.seeding().downloads();
        return new NarRequest(narinfo.path(), narinfo.narHash(), size, kept, supplies, trusted.isPublic(),
                trusted.isPublic() && config.seeding().share() != Share.OFF, now, forOthers, trusted.took());
    }

    private CompletionStage<OpenedNar> fetch(NarRequest request, boolean ahead) {
        CompletableFuture<OpenedNar> answer = new CompletableFuture<>();
        actors.downloads().tell(new Downloads.Fetch(request, answer, ahead));
        return answer.orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    }
}
