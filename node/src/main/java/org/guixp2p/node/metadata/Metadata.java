// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.node.http.PipelinedClient;
import org.guixp2p.node.http.Strangers;
import org.guixp2p.node.http.Urgency;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.NarinfoCache;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoVerifier;
import org.guixp2p.protocol.narinfo.PublicGate;
import org.guixp2p.protocol.narinfo.Verdict;
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
    /** More than anybody configures: a client may name any number of servers, and each may fill its share of memory. */
    public static final int MOST_SERVERS = 16;
    /** How long servers that have not answered are waited for, where it matters, once there is a trusted narinfo. */
    static final Duration GRACE = Duration.ofMillis(500);
    /** The same when a stranger alone has answered: who is quick next door is not to be the only one that is asked for the NAR. */
    static final Duration STRANGERS_GRACE = Duration.ofSeconds(3);
    /** How long strangers that have not answered are waited for once the named servers have. */
    static final Duration STRANGERS = Duration.ofSeconds(2);
    /** Stands for peers among those whose answers are kept; no server has such a name (RFC 2606). */
    private static final ServerUrl PEERS = new ServerUrl(URI.create("http://peers.invalid"));
    /** A peer that has it may come any moment. */
    private static final Duration PEERS_AGAIN = Duration.ofSeconds(5);

    private final ServerAnswers servers;
    private final AclFile acl;
    private final PublicGate gate;
    private final Executor blocking;
    private final InstantSource clock;
    private final Timer timer;
    private final Remembered remembered;
    private final PeerNarinfos peers;
    private final boolean looksAhead;
    private final Strangers strangers;
    private volatile Consumer<TrustedNarinfo> watcher = found -> {};
    private volatile NarinfoWatcher judged = (path, server, verdict) -> {};

    /** What is asked of whom. */
    record Question(StorePath path, AskedServers servers) {}

    /** Hears of narinfos; does not block. */
    @FunctionalInterface
    public interface NarinfoWatcher {
        /**
         * A narinfo has come for an item.
         *
         * @param server the URL of who gave it; {@code peers} when peers did
         */
        void judged(StorePath path, String server, Verdict verdict);
    }

    /** Does something later. */
    public interface Timer {
        void after(Duration delay, Runnable task);
    }

    /**
     * @param gate what is public
     * @param blocking where the cache is read and signatures are verified
     * @param memory for what is remembered
     * @param peers asked when no server could be
     * @param mirrors says which servers are left alone for now, and is told what they did
     * @param looksAhead whether what an item refers to is looked up before anybody asks for it
     * @param strangers says what servers that nobody named for a question may hear of
     */
    public Metadata(PipelinedClient client, NarinfoCache cache, AclFile acl, PublicGate gate, Executor blocking,
            InstantSource clock, Timer timer, MemoryShares memory, PeerNarinfos peers,
            Mirrors mirrors, boolean looksAhead, Strangers strangers) {
        this.strangers = strangers;
        this.peers = peers;
        this.looksAhead = looksAhead;
        this.remembered = new Remembered(memory.of(MemoryShares.Holder.NARINFOS));
        this.servers = new ServerAnswers(client, cache, blocking, clock, timer, mirrors);
        this.acl = acl;
        this.gate = gate;
        this.blocking = blocking;
        this.clock = clock;
        this.timer = timer;
    }

    /** A trusted narinfo for {@code path} from one of {@code asked}, as soon as there is one; never fails. */
    public CompletionStage<Optional<TrustedNarinfo>> lookup(StorePath path, AskedServers asked) {
        return again(path, asked, this::answer);
    }

    /**
     * The same, for whoever wants to know whether a server gives it: what one says that answers counts before what is remembered of
     * others, and what peers say.
     */
    public CompletionStage<Optional<TrustedNarinfo>> lookupFresh(StorePath path, AskedServers asked) {
        return again(path, asked, lookup -> look(lookup, CompletableFuture
                .anyOf(lookup.whenFresh().toCompletableFuture(), lookup.whenComplete().toCompletableFuture())));
    }

    /**
     * A trusted narinfo for {@code path} with what all of {@code asked} say, for whoever fetches the NAR: who has it, and
     * whether it is public, depends on all of them. A server that takes longer than {@link #GRACE} after the first trusted
     * narinfo of a named one is not waited for, nor longer than {@link #STRANGERS_GRACE} after that of a stranger. Never fails.
     */
    public CompletionStage<Optional<TrustedNarinfo>> lookupWhole(StorePath path, AskedServers asked) {
        return again(path, asked, this::whole);
    }

    /**
     * Has servers say what they know of {@code paths}, for {@link #publicProof}: neither peers nor what the paths refer to are
     * asked for. Never fails.
     */
    public CompletionStage<Void> learn(List<StorePath> paths, List<URI> urls) {
        List<ServerUrl> valid = valid(urls);
        return CompletableFuture.allOf(paths.stream()
                .flatMap(path -> valid.stream().map(server -> servers.ask(server, valid, path, Urgency.ahead())))
                .map(CompletionStage::toCompletableFuture).toArray(CompletableFuture<?>[]::new));
    }

    /** Has {@code other} hear of each item as soon as its narinfo is found, ahead or not, where it may block. */
    public void watch(Consumer<TrustedNarinfo> other) {
        watcher = other;
    }

    /** Has {@code other} hear of each narinfo that comes from now on, and whether it counts. */
    public void watchVerdicts(NarinfoWatcher other) {
        judged = other;
    }

    private CompletableFuture<Optional<TrustedNarinfo>> whole(Lookup lookup) {
        CompletableFuture<Void> enough = new CompletableFuture<>();
        lookup.whenComplete().thenRun(() -> enough.complete(null));
        lookup.whenFoundByNamed().thenAccept(found -> wait(found, GRACE, enough));
        lookup.whenFound().thenAccept(found -> {
            if (!lookup.whenFoundByNamed().toCompletableFuture().isDone()) {
                wait(found, STRANGERS_GRACE, enough);
            }
        });
        return look(lookup, enough);
    }

    private void wait(Instant since, Duration grace, CompletableFuture<Void> enough) {
        Duration told = Duration.between(clock.instant(), since.plus(grace));
        // The clock may have been set back since.
        Duration left = told.compareTo(grace) < 0 ? told : grace;
        if (left.isPositive() && !enough.isDone()) {
            timer.after(left, () -> enough.complete(null));
        } else {
            enough.complete(null);
        }
    }

    /** Whether {@code proof} makes the build of {@code path} with {@code hash} public. */
    public boolean isPublic(StorePath path, NarHash hash, Narinfo proof) {
        return gate.isPublic(path, hash, proof);
    }

    /**
     * What is remembered on disk of narinfos for an item that make a build of it public, from whomever; blocks, and asks
     * nobody.
     */
    public Optional<Narinfo> publicProof(StorePath path, NarHash hash, List<URI> urls) {
        return Stream.concat(valid(urls).stream(), Stream.of(PEERS))
                .flatMap(server -> servers.cached(server, path).stream())
                .filter(proof -> isPublic(path, hash, proof)).findFirst();
    }

    /**
     * What narinfos that are remembered on disk, from whomever, say of the build of {@code path} with {@code hash}: public, another
     * build ({@code OTHER}), or this one and not public ({@code ABSENT}); unknown when there is none. Blocks, and asks nobody.
     */
    public Gate remembered(StorePath path, NarHash hash, List<URI> urls) {
        List<Narinfo> known = Stream.concat(valid(urls).stream(), Stream.of(PEERS))
                .flatMap(server -> servers.cached(server, path).stream()).toList();
        if (known.isEmpty()) {
            return Gate.UNKNOWN;
        }
        return known.stream().anyMatch(narinfo -> isPublic(path, hash, narinfo))
                ? Gate.PUBLIC
                : known.stream().anyMatch(narinfo -> narinfo.narHash().equals(hash)) ? Gate.ABSENT : Gate.OTHER;
    }

    /**
     * Whether the build of {@code path} with {@code hash} is public: by a narinfo that is here, else by what servers say when
     * they are asked now, which is not remembered. Partly known when some say that it is not, and others could not be asked.
     * Never fails.
     */
    public CompletionStage<Gate> gate(StorePath path, NarHash hash, List<URI> urls) {
        return CompletableFuture.supplyAsync(() -> publicProof(path, hash, urls), blocking)
                .thenCompose(proof -> proof.isPresent()
                        ? CompletableFuture.completedFuture(Gate.PUBLIC)
                        : askGate(path, hash, valid(urls)))
                .exceptionally(failure -> {
                    LOG.warn("whether {} is public: {}", path, failure.toString());
                    return Gate.UNKNOWN;
                });
    }

    private CompletableFuture<Gate> askGate(StorePath path, NarHash hash, List<ServerUrl> urls) {
        List<CompletableFuture<Gate>> answers = urls.stream().map(server -> servers.glance(server, urls, path)
                .thenApplyAsync(answer -> gate(path, hash, answer), blocking).toCompletableFuture()).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new)).thenApply(done -> best(answers));
    }

    /** A server that did not answer may be the one that has it: then nothing but yes is known for sure. */
    private static Gate best(List<CompletableFuture<Gate>> answers) {
        List<Gate> all = answers.stream().map(CompletableFuture::join).toList();
        Gate best = Stream.of(Gate.PUBLIC, Gate.OTHER, Gate.ABSENT).filter(all::contains).findFirst()
                .orElse(Gate.UNKNOWN);
        return best != Gate.PUBLIC && best != Gate.UNKNOWN && all.contains(Gate.UNKNOWN) ? Gate.PARTLY : best;
    }

    private Gate gate(StorePath path, NarHash hash, ServerAnswers.ServerAnswer answer) {
        if (answer.narinfo().isPresent()) {
            Narinfo narinfo = answer.narinfo().get();
            return isPublic(path, hash, narinfo)
                    ? Gate.PUBLIC
                    : narinfo.narHash().equals(hash) ? Gate.ABSENT : Gate.OTHER;
        }
        return answer.spoke() ? Gate.ABSENT : Gate.UNKNOWN;
    }

    /** Narinfo text in memory, in bytes. */
    long rememberedBytes() {
        return remembered.bytes();
    }

    /** Finds items of which only the hash part is known. */
    public HashParts hashParts() {
        return new HashParts(servers, peers, PEERS, (narinfo, path) -> counts(narinfo, path), blocking, clock);
    }

    static List<ServerUrl> valid(List<URI> urls) {
        Set<ServerUrl> valid = new LinkedHashSet<>();
        for (URI url : urls) {
            try {
                valid.add(new ServerUrl(url));
            } catch (IllegalArgumentException e) {
                LOG.warn("a substitute server is passed over: {}", e.getMessage());
            }
        }
        if (valid.size() > MOST_SERVERS) {
            LOG.warn("of {} substitute servers the first {} are asked", valid.size(), MOST_SERVERS);
        }
        return valid.stream().limit(MOST_SERVERS).toList();
    }

    /** Asks, and asks anew when what was found before has been lost since: what is remembered may be in the cache alone. */
    private CompletableFuture<Optional<TrustedNarinfo>> again(StorePath path, AskedServers asked,
            Function<Lookup, CompletableFuture<Optional<TrustedNarinfo>>> how) {
        Lookup lookup = asked(path, asked);
        return how.apply(lookup).thenCompose(found -> found.isEmpty() && lookup.isLost()
                ? how.apply(asked(path, asked))
                : CompletableFuture.completedFuture(found));
    }

    private Lookup asked(StorePath path, AskedServers asked) {
        Lookup lookup = find(path, asked, Urgency.asked());
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
    private Lookup find(StorePath path, AskedServers asked, Urgency urgency) {
        Question question = new Question(path, strangers.mayHearOf(path) ? asked : asked.namedAlone());
        Instant now = clock.instant();
        Lookup fresh = new Lookup(path, question.servers().all(), acl::current, server -> servers.cached(server, path),
                gate, now, urgency);
        fresh.watch((server, verdict) -> judged.judged(path, server.equals(PEERS) ? "peers" : server.uri().toString(),
                verdict));
        Lookup lookup = remembered.findOrAdd(question, fresh, now);
        if (lookup.equals(fresh)) {
            ask(question, lookup, urgency);
        }
        return lookup;
    }

    private void ask(Question question, Lookup lookup, Urgency urgency) {
        List<ServerUrl> named = question.servers().named();
        AtomicBoolean spoke = new AtomicBoolean();
        Map<Boolean, List<CompletableFuture<Void>>> all = question.servers().all().stream()
                .collect(Collectors.partitioningBy(named::contains,
                        Collectors.mapping(server -> servers
                                .askAnew(server, named, question.path(), urgency,
                                        before -> add(question, lookup, server, before))
                                .thenAcceptAsync(answer -> {
                                    spoke.compareAndSet(false, answer.spoke() && named.contains(server));
                                    add(question, lookup, server, answer);
                                }, blocking)
                                .toCompletableFuture(), Collectors.toList())));
        CompletableFuture<Void> ended = CompletableFuture.allOf(all(all.getOrDefault(true, List.of())), soon(all))
                .thenCompose(done -> spoke.get()
                        || lookup.whenFound().toCompletableFuture().isDone()
                                ? CompletableFuture.<Void>completedFuture(null)
                                : askPeers(question, lookup));
        var _ = ended.whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn("looking up {}: {}", question.path(), failure.toString());
            }
            lookup.end();
            remembered.weigh(question, lookup);
        });
        if (looksAhead) {
            lookup.whenFound().thenRunAsync(() -> lookup.trusted().ifPresent(found -> {
                watcher.accept(found);
                lookAhead(found, question.servers());
            }), blocking);
        }
    }

    private void add(Question question, Lookup lookup, ServerUrl server, ServerAnswers.ServerAnswer answer) {
        lookup.add(server, answer, clock.instant(),
                server.equals(PEERS) || question.servers().named().contains(server));
        remembered.weigh(question, lookup);
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> some) {
        return CompletableFuture.allOf(some.toArray(CompletableFuture<?>[]::new));
    }

    /** Strangers have answered, or have had their time since the named ones did: whoever takes longer holds nobody up. */
    private CompletableFuture<Void> soon(Map<Boolean, List<CompletableFuture<Void>>> isNamed) {
        CompletableFuture<Void> enough = new CompletableFuture<>();
        var _ = all(isNamed.getOrDefault(false, List.of())).whenComplete((done, failure) -> enough.complete(null));
        var _ = all(isNamed.getOrDefault(true, List.of())).whenComplete((done, failure) -> {
            if (!enough.isDone()) {
                timer.after(STRANGERS, () -> enough.complete(null));
            }
        });
        return enough;
    }

    /** No server could be asked: what peers say, or said earlier, counts by its signature like what servers say. */
    private CompletionStage<Void> askPeers(Question question, Lookup lookup) {
        StorePath path = question.path();
        CompletableFuture<Void> start = CompletableFuture.completedFuture(null);
        return start.thenApplyAsync(go -> servers.cached(PEERS, path).filter(known -> counts(known, path)), blocking)
                .thenCompose(known -> known.isPresent()
                        ? CompletableFuture.completedFuture(known)
                        : peers.ask(path, narinfo -> counts(narinfo, path)))
                .thenAcceptAsync(found -> {
                    found.ifPresent(narinfo -> servers.keep(PEERS, path, narinfo));
                    add(question, lookup, PEERS,
                            new ServerAnswers.ServerAnswer(found, clock.instant().plus(PEERS_AGAIN), true, false));
                }, blocking);
    }

    private boolean counts(Narinfo narinfo, StorePath path) {
        return NarinfoVerifier.verify(narinfo, acl.current(), path) instanceof Verdict.Valid;
    }

    private void lookAhead(TrustedNarinfo found, AskedServers asked) {
        for (StorePath reference : found.narinfo().references()) {
            if (!reference.equals(found.path())) {
                // Whoever asks for it later finds it under way or answered.
                var _ = find(reference, asked, Urgency.ahead());
            }
        }
    }
}
