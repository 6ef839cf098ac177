// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.node.http.PipelinedClient;
import org.guixp2p.node.http.Urgency;
import org.guixp2p.persistence.narinfo.NarinfoCache;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoVerifier;
import org.guixp2p.protocol.narinfo.PublicGate;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.narinfo.VerifiedNarinfo;
import org.guixp2p.protocol.pki.Acl;
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
    /** Questions and their answers that are remembered; the daemon asks for a path twice within a short time. */
    private static final int REMEMBERED = 50_000;
    private static final Duration HIT_HOLDS = Duration.ofMinutes(5);
    private static final Duration MISS_HOLDS = Duration.ofSeconds(5);

    private final ServerAnswers servers;
    private final AclFile acl;
    private final PublicGate gate;
    private final Executor cpu;
    private final InstantSource clock;
    private final SequencedMap<Question, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    private record Question(StorePath path, List<ServerUrl> servers) {}

    private record Entry(CompletableFuture<Optional<TrustedNarinfo>> answer, Instant asked, Urgency urgency) {}

    /**
     * @param gate what is public
     * @param blocking where the cache is read and signatures are verified
     */
    public Metadata(PipelinedClient client, NarinfoCache cache, AclFile acl, PublicGate gate, Executor blocking,
            InstantSource clock) {
        this.servers = new ServerAnswers(client, cache, blocking, clock);
        this.acl = acl;
        this.gate = gate;
        this.cpu = blocking;
        this.clock = clock;
    }

    /** A trusted narinfo for {@code path} from one of {@code urls}; never fails. */
    public CompletionStage<Optional<TrustedNarinfo>> lookup(StorePath path, List<URI> urls) {
        return lookup(path, valid(urls), Urgency.ASKED).copy();
    }

    /** Those of {@code paths} that have a trusted narinfo, in their order; never fails. */
    public CompletionStage<List<TrustedNarinfo>> lookupAll(List<StorePath> paths, List<URI> urls) {
        List<ServerUrl> valid = valid(urls);
        List<CompletableFuture<Optional<TrustedNarinfo>>> answers = paths.stream()
                .map(path -> lookup(path, valid, Urgency.ASKED)).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> answers.stream().flatMap(answer -> answer.join().stream()).toList());
    }

    /** Whether {@code proof} makes the build of {@code path} with {@code hash} public. */
    public boolean isPublic(StorePath path, NarHash hash, Narinfo proof) {
        return gate.isPublic(path, hash, proof);
    }

    private static List<ServerUrl> valid(List<URI> urls) {
        List<ServerUrl> valid = new ArrayList<>(urls.size());
        for (URI url : urls) {
            try {
                valid.add(new ServerUrl(url));
            } catch (IllegalArgumentException e) {
                LOG.warn("a substitute server is passed over: {}", e.getMessage());
            }
        }
        return List.copyOf(valid);
    }

    private CompletableFuture<Optional<TrustedNarinfo>> lookup(StorePath path, List<ServerUrl> urls, Urgency urgency) {
        Question question = new Question(path, urls);
        CompletableFuture<Optional<TrustedNarinfo>> answer = new CompletableFuture<>();
        synchronized (entries) {
            Entry known = entries.get(question);
            if (known != null && holds(known, urgency)) {
                return known.answer();
            }
            entries.put(question, new Entry(answer, clock.instant(), urgency));
            if (entries.size() > REMEMBERED) {
                entries.pollFirstEntry();
            }
        }
        ask(question, urgency, answer);
        return answer;
    }

    /** A question that is under way ahead is asked again, with urgency, by whoever waits: it might stand at the end. */
    private boolean holds(Entry entry, Urgency urgency) {
        if (!entry.answer().isDone()) {
            return entry.urgency() == urgency || urgency == Urgency.AHEAD;
        }
        Duration holds = entry.answer().join().isPresent() ? HIT_HOLDS : MISS_HOLDS;
        return clock.instant().isBefore(entry.asked().plus(holds));
    }

    private void ask(Question question, Urgency urgency, CompletableFuture<Optional<TrustedNarinfo>> answer) {
        Collected collected = new Collected(question.path());
        List<CompletableFuture<Void>> all = question.servers().stream()
                .map(server -> servers.ask(server, question.path(), urgency)
                        .thenAcceptAsync(narinfo -> narinfo.ifPresent(found -> collected.add(server, found)
                                .ifPresent(trusted -> answer.complete(Optional.of(trusted)))), cpu)
                        .toCompletableFuture())
                .toList();
        CompletionStage<Void> asked = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
        asked.whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.error("looking up {}", question.path(), failure);
            }
            answer.complete(Optional.empty());
        });
        CompletionStage<Optional<TrustedNarinfo>> known = answer;
        known.thenAccept(found -> found.ifPresent(trusted -> lookAhead(trusted, question.servers())));
    }

    private void lookAhead(TrustedNarinfo trusted, List<ServerUrl> urls) {
        for (StorePath reference : trusted.narinfo().references()) {
            if (!reference.equals(trusted.path())) {
                // Whoever asks for it later finds it under way or answered.
                var _ = lookup(reference, urls, Urgency.AHEAD);
            }
        }
    }

    /** The answers to one question as they come. */
    private final class Collected {
        private final StorePath path;
        private final Acl trustedKeys = acl.current();
        private final List<Map.Entry<ServerUrl, Narinfo>> narinfos = new ArrayList<>();

        private Collected(StorePath path) {
            this.path = path;
        }

        /** Takes an answer; gives what can be trusted now, if anything can. */
        private synchronized Optional<TrustedNarinfo> add(ServerUrl server, Narinfo narinfo) {
            narinfos.add(Map.entry(server, narinfo));
            Verdict verdict = NarinfoVerifier.verify(narinfo, trustedKeys, path);
            if (!(verdict instanceof Verdict.Valid)) {
                LOG.info("{}: {}", server.uri(), verdict.reason());
            }
            return narinfos.stream().map(entry -> NarinfoVerifier.verify(entry.getValue(), trustedKeys, path))
                    .filter(Verdict.Valid.class::isInstance)
                    .map(valid -> trusted(((Verdict.Valid) valid).narinfo())).findFirst();
        }

        private TrustedNarinfo trusted(VerifiedNarinfo verified) {
            List<NarOffer> offers = new ArrayList<>();
            List<Narinfo> proofs = new ArrayList<>();
            for (Map.Entry<ServerUrl, Narinfo> entry : narinfos) {
                if (entry.getValue().equals(verified.narinfo()) || verified.vouchesFor(entry.getValue())) {
                    offers.addAll(NarOffer.of(entry.getKey(), entry.getValue()));
                }
                proofs.add(entry.getValue());
            }
            return new TrustedNarinfo(verified, gate.isPublic(path, verified.narHash(), proofs), offers);
        }
    }
}
