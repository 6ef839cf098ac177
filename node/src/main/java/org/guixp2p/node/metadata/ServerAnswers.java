// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.guixp2p.node.http.PipelinedClient;
import org.guixp2p.node.http.Reply;
import org.guixp2p.node.http.Urgency;
import org.guixp2p.persistence.narinfo.CacheTimes;
import org.guixp2p.persistence.narinfo.CachedAnswer;
import org.guixp2p.persistence.narinfo.NarinfoCache;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Narinfos as servers give them, unverified: from the cache while they hold, else by HTTP. Safe for several threads. */
final class ServerAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(ServerAnswers.class);
    /** A server that is out of reach is not asked again for this long, so that it does not cost a timeout an item. */
    private static final Duration DOWN = Duration.ofSeconds(30);

    private final PipelinedClient client;
    private final NarinfoCache cache;
    private final Executor blocking;
    private final InstantSource clock;
    private final Map<ServerUrl, Instant> downUntil = new ConcurrentHashMap<>();

    ServerAnswers(PipelinedClient client, NarinfoCache cache, Executor blocking, InstantSource clock) {
        this.client = client;
        this.cache = cache;
        this.blocking = blocking;
        this.clock = clock;
    }

    /** What {@code server} says about {@code path}; never fails. */
    CompletionStage<Optional<Narinfo>> ask(ServerUrl server, StorePath path, Urgency urgency) {
        return CompletableFuture.supplyAsync(() -> cache.find(server, path), blocking).thenCompose(known -> {
            if (known.isPresent() && known.get().isFresh(clock.instant())) {
                return CompletableFuture.completedFuture(read(server, path, known.get()));
            }
            Instant until = downUntil.get(server);
            if (until != null && clock.instant().isBefore(until)) {
                return CompletableFuture.completedFuture(Optional.<Narinfo>empty());
            }
            return client.get(URI.create(server.uri() + "/" + path.hashPart() + ".narinfo"), urgency)
                    .thenApplyAsync(reply -> answered(server, path, reply), blocking);
        });
    }

    private Optional<Narinfo> answered(ServerUrl server, StorePath path, Reply reply) {
        return switch (reply) {
            case Reply.Failed failed -> {
                LOG.warn("{}: {}", server.uri(), failed.fault().reason());
                if (failed.fault().isOutage()) {
                    downUntil.put(server, clock.instant().plus(DOWN));
                }
                yield Optional.empty();
            }
            case Reply.Answer answer -> {
                downUntil.remove(server);
                Instant now = clock.instant();
                Instant expires = now.plus(CacheTimes.holds(answer.status(), answer.maxAge()));
                CachedAnswer cached = answer.status() == 200
                        ? new CachedAnswer.Hit(answer.body().toArrayUnsafe(), now, expires)
                        : new CachedAnswer.Miss(answer.status(), now, expires);
                cache.put(server, path, cached);
                yield read(server, path, cached);
            }
        };
    }

    private Optional<Narinfo> read(ServerUrl server, StorePath path, CachedAnswer answer) {
        if (!(answer instanceof CachedAnswer.Hit hit)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Narinfo.parse(hit.narinfo()));
        } catch (FormatException e) {
            LOG.warn("{} gave no narinfo for {}: {}", server.uri(), path, e.getMessage());
            return Optional.empty();
        }
    }
}
