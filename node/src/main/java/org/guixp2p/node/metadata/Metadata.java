// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.guixp2p.node.http.PipelinedClient;
import org.guixp2p.node.http.Urgency;
import org.guixp2p.persistence.narinfo.NarinfoCache;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.PublicGate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trusted narinfos. Servers are asked all at once and the first trusted answer counts; one question is asked once however
 * many ask it at a time.
 *
 * <p>The references of what was found are looked up ahead, level by level, before {@code guix-daemon} asks for them one by
 * one; what somebody waits for goes first. Safe for several threads.
 */
public final class Metadata {
    private static final Logger LOG = LoggerFactory.getLogger(Metadata.class);
    /** Questions and their answers that are remembered. */
    private static final int REMEMBERED = 50_000;
    /** How long servers that have not answered are waited for, where it matters, once there is a trusted narinfo. */
    static final Duration GRACE = Duration.ofMillis(500);

    private final ServerAnswers servers;
    private final AclFile acl;
    private final PublicGate gate;
    private final Executor blocking;
    private final InstantSource clock;
    private final Timer timer;
    private final SequencedMap<Question, Lookup> lookups = new LinkedHashMap<>(16, 0.75f, true);

    private record Question(StorePath path, List<ServerUrl> servers) {}

    /** Does something later. */
    public interface Timer {
        void after(Duration delay, Runnable task);
    }

    /**
     * @param gate what is public
     * @param blocking where the cache is read and signatures are verified
     */
    public Metadata(PipelinedClient client, NarinfoCache cache, AclFile acl, PublicGate gate, Executor blocking,
            InstantSource clock, Timer timer) {
        this.servers = new ServerAnswers(client, cache, blocking, clock);
        this.acl = acl;
        this.gate = gate;
        this.blocking = blocking;
        this.clock = clock;
        this.timer = timer;
    }

    /** A trusted narinfo for {@code path} from one of {@code urls}, as soon as there is one; never fails. */
    public CompletionStage<Optional<TrustedNarinfo>> lookup(StorePath path, List<URI> urls) {
        return answer(asked(path, valid(urls)));
    }

    /** Those of {@code paths} that have a trusted narinfo, in their order; never fails. */
    public CompletionStage<List<TrustedNarinfo>> lookupAll(List<StorePath> paths, List<URI> urls) {
        List<ServerUrl> valid = valid(urls);
        List<CompletableFuture<Optional<TrustedNarinfo>>> answers = paths.stream()
                .map(path -> answer(asked(path, valid))).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> answers.stream().flatMap(answer -> answer.join().stream()).toList());
    }

    /**
     * A trusted narinfo for {@code path} with what all of {@code urls} say, for whoever fetches the NAR: who has it, and
     * whether it is public, depends on all of them. A server that takes longer than {@link #GRACE} after the first trusted
     * narinfo is not waited for. Never fails.
     */
    public CompletionStage<Optional<TrustedNarinfo>> lookupWhole(StorePath path, List<URI> urls) {
        Lookup lookup = asked(path, valid(urls));
        CompletableFuture<Void> enough = new CompletableFuture<>();
        lookup.whenComplete().thenRun(() -> enough.complete(null));
        lookup.whenFound().thenAccept(found -> {
            Duration left = Duration.between(clock.instant(), found.plus(GRACE));
            if (left.isPositive() && !enough.isDone()) {
                timer.after(left, () -> enough.complete(null));
            } else {
                enough.complete(null);
            }
        });
        return look(lookup, enough);
    }

    /** Whether {@code proof} makes the build of {@code path} with {@code hash} public. */
    public boolean isPublic(StorePath path, NarHash hash, Narinfo proof) {
        return gate.isPublic(path, hash, proof);
    }

    private static List<ServerUrl> valid(List<URI> urls) {
        Set<ServerUrl> valid = new LinkedHashSet<>();
        for (URI url : urls) {
            try {
                valid.add(new ServerUrl(url));
            } catch (IllegalArgumentException e) {
                LOG.warn("a substitute server is passed over: {}", e.getMessage());
            }
        }
        return List.copyOf(valid);
    }

    private Lookup asked(StorePath path, List<ServerUrl> urls) {
        Lookup lookup = find(path, urls, Urgency.asked());
        lookup.raise();
        return lookup;
    }

    private CompletableFuture<Optional<TrustedNarinfo>> answer(Lookup lookup) {
        return look(lookup, CompletableFuture.anyOf(lookup.whenFound().toCompletableFuture(),
                lookup.whenComplete().toCompletableFuture()));
    }

    private CompletableFuture<Optional<TrustedNarinfo>> look(Lookup lookup, CompletableFuture<?> when) {
        return when.thenApplyAsync(done -> lookup.trusted(), blocking).exceptionally(failure -> {
            LOG.warn("a lookup came to nothing: {}", failure.toString());
            return Optional.empty();
        });
    }

    /** The question as it is under way or answered, or asked now. */
    private Lookup find(StorePath path, List<ServerUrl> urls, Urgency urgency) {
        Question question = new Question(path, urls);
        Instant now = clock.instant();
        Lookup lookup;
        synchronized (lookups) {
            Lookup known = lookups.get(question);
            if (known != null && known.holds(now)) {
                return known;
            }
            lookup = new Lookup(path, urls, acl::current, gate, now, urgency);
            lookups.put(question, lookup);
            if (lookups.size() > REMEMBERED) {
                lookups.pollFirstEntry();
            }
        }
        ask(question, lookup, urgency);
        return lookup;
    }

    private void ask(Question question, Lookup lookup, Urgency urgency) {
        CompletableFuture<?>[] all = question.servers().stream()
                .map(server -> servers.ask(server, question.path(), urgency)
                        .thenAcceptAsync(answer -> lookup.add(server, answer, clock.instant()), blocking)
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        var _ = CompletableFuture.allOf(all).whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn("looking up {}: {}", question.path(), failure.toString());
            }
            lookup.end();
        });
        lookup.whenFound().thenRunAsync(() -> lookup.trusted().ifPresent(found -> lookAhead(found, question.servers())),
                blocking);
    }

    private void lookAhead(TrustedNarinfo found, List<ServerUrl> urls) {
        for (StorePath reference : found.narinfo().references()) {
            if (!reference.equals(found.path())) {
                // Whoever asks for it later finds it under way or answered.
                var _ = find(reference, urls, Urgency.ahead());
            }
        }
    }
}
