// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import org.guixp2p.node.http.Urgency;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;

/**
 * Finds out the path of an item of which somebody knows the hash part alone, as clients of substitute servers do. Servers and peers
 * are asked by the hash part too; what a trusted narinfo says is the path. Safe for several threads.
 */
public final class HashParts {
    /** Stands for the name, which nobody who is asked looks at. */
    private static final String UNKNOWN = "-unknown";

    private final ServerAnswers servers;
    private final PeerNarinfos peers;
    private final ServerUrl peersPlace;
    private final BiPredicate<Narinfo, StorePath> counts;
    private final Executor blocking;
    private final InstantSource clock;

    /** @param peersPlace where answers of peers are remembered */
    HashParts(ServerAnswers servers, PeerNarinfos peers, ServerUrl peersPlace,
            BiPredicate<Narinfo, StorePath> counts, Executor blocking, InstantSource clock) {
        this.servers = servers;
        this.peers = peers;
        this.peersPlace = peersPlace;
        this.counts = counts;
        this.blocking = blocking;
        this.clock = clock;
    }

    /** An item with this hash part, whose name is not known. */
    public static StorePath unnamed(String hashPart) {
        return new StorePath(hashPart + UNKNOWN);
    }

    /**
     * Whether what each of {@code urls} says of the item is remembered and still holds, so that nobody need be asked. Where there is no
     * server, or one could not say anything, peers are.
     */
    public CompletionStage<Boolean> isAnswered(String hashPart, List<URI> urls) {
        StorePath item = unnamed(hashPart);
        List<ServerUrl> valid = Metadata.valid(urls);
        return CompletableFuture.supplyAsync(() -> !valid.isEmpty() && valid.stream()
                .allMatch(server -> servers.hasSpoken(server, item, clock.instant())), blocking);
    }

    /** The path, by the first trusted narinfo; empty when nobody has one, or nobody can be asked. Never fails. */
    public CompletionStage<Optional<StorePath>> pathOf(String hashPart, List<URI> urls) {
        StorePath item = unnamed(hashPart);
        List<ServerUrl> valid = Metadata.valid(urls);
        CompletableFuture<Optional<StorePath>> found = new CompletableFuture<>();
        AtomicBoolean spoke = new AtomicBoolean();
        CompletableFuture<?>[] all = valid.stream().map(server -> servers.ask(server, valid, item, Urgency.asked())
                .thenAcceptAsync(answer -> {
                    spoke.compareAndSet(false, answer.spoke());
                    answer.narinfo().filter(narinfo -> names(narinfo, hashPart))
                            .ifPresent(narinfo -> found.complete(Optional.of(narinfo.path())));
                }, blocking).toCompletableFuture()).toArray(CompletableFuture<?>[]::new);
        var _ = CompletableFuture.allOf(all)
                .thenCompose(done -> spoke.get() || found.isDone()
                        ? CompletableFuture.completedFuture(Optional.<Narinfo>empty())
                        : askPeers(item))
                .whenComplete((narinfo, failure) -> found
                        .complete(narinfo == null ? Optional.empty() : narinfo.map(Narinfo::path)));
        return found;
    }

    /** What they say is remembered as if they had been asked by name. */
    private CompletionStage<Optional<Narinfo>> askPeers(StorePath item) {
        return peers.ask(item, narinfo -> names(narinfo, item.hashPart())).thenApplyAsync(said -> {
            said.ifPresent(narinfo -> servers.keep(peersPlace, narinfo.path(), narinfo));
            return said;
        }, blocking);
    }

    private boolean names(Narinfo narinfo, String hashPart) {
        return narinfo.path().hashPart().equals(hashPart) && counts.test(narinfo, narinfo.path());
    }
}
