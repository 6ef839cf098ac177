// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.node.http.Urgency;
import org.guixp2p.persistence.narinfo.ServerUrl;
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
 * One question to some servers, and what they have answered so far: whoever looks later sees more. Answers are judged by
 * the ACL as it is when somebody looks. Safe for several threads.
 */
final class Lookup {
    private static final Logger LOG = LoggerFactory.getLogger(Lookup.class);
    /** The daemon asks about a path twice within a short time. */
    private static final Duration SHORTEST = Duration.ofSeconds(5);
    /** What holds for longer is read from the cache again then. */
    private static final Duration LONGEST = Duration.ofMinutes(5);
    /** One that tells a size that its signer does not vouch for comes after one whose size is signed. */
    private static final Comparator<VerifiedNarinfo> BY_SIZE = Comparator
            .comparing((VerifiedNarinfo narinfo) -> narinfo.signedNarSize().isEmpty())
            .thenComparing(narinfo -> narinfo.narinfo().narSize().isEmpty());

    private final StorePath path;
    private final List<ServerUrl> servers;
    private final Supplier<Acl> acl;
    private final PublicGate gate;
    private final Instant asked;
    private final Urgency urgency;
    private final List<Answer> answers = new ArrayList<>();
    private final CompletableFuture<Instant> found = new CompletableFuture<>();
    private final CompletableFuture<Void> complete = new CompletableFuture<>();
    private Instant expires;

    /** A narinfo that came, and the last verdict on it, with the keys that it was by: signatures are slow to verify. */
    private static final class Answer {
        private final ServerUrl server;
        private final Narinfo narinfo;
        private final boolean isPublic;
        private Acl judge;
        private Verdict verdict;

        Answer(ServerUrl server, Narinfo narinfo, boolean isPublic, Acl judge, Verdict verdict) {
            this.server = server;
            this.narinfo = narinfo;
            this.isPublic = isPublic;
            this.judge = judge;
            this.verdict = verdict;
        }
    }

    /**
     * A question that is being asked.
     *
     * @param servers in the user's order
     * @param acl the keys that are trusted at the time; may block on the disk
     * @param asked when
     */
    Lookup(StorePath path, List<ServerUrl> servers, Supplier<Acl> acl, PublicGate gate, Instant asked,
            Urgency urgency) {
        this.path = path;
        this.servers = servers;
        this.acl = acl;
        this.gate = gate;
        this.asked = asked;
        this.urgency = urgency;
        this.expires = asked.plus(LONGEST);
    }

    /** Takes one server's answer; may block on the disk. */
    void add(ServerUrl server, ServerAnswers.ServerAnswer answer, Instant now) {
        answer.narinfo().ifPresent(narinfo -> {
            Acl keys = acl.get();
            Verdict verdict = NarinfoVerifier.verify(narinfo, keys, path);
            if (!(verdict instanceof Verdict.Valid)) {
                LOG.info("{}: {}", server.uri(), verdict.reason());
            }
            boolean isPublic = gate.isPublic(path, narinfo.narHash(), narinfo);
            synchronized (this) {
                answers.add(new Answer(server, narinfo, isPublic, keys, verdict));
            }
        });
        synchronized (this) {
            expires = answer.expires().isBefore(expires) ? answer.expires() : expires;
        }
        if (trusted().isPresent()) {
            found.complete(now);
        }
    }

    /** All servers have answered, or never will. */
    void end() {
        complete.complete(null);
    }

    /** Somebody waits for it from now on. */
    void raise() {
        urgency.raise();
    }

    /** Whether the question need not be asked again at {@code now}. */
    synchronized boolean holds(Instant now) {
        Instant least = asked.plus(SHORTEST);
        return !complete.isDone() || now.isBefore(expires.isBefore(least) ? least : expires);
    }

    /** Completes when there is a trusted narinfo, with the time when that came; perhaps never. */
    CompletionStage<Instant> whenFound() {
        return found;
    }

    /** Completes when there is nothing more to come. */
    CompletionStage<Void> whenComplete() {
        return complete;
    }

    /** What can be trusted by now, if anything can; may block on the disk. */
    Optional<TrustedNarinfo> trusted() {
        return trusted(acl.get());
    }

    private synchronized Optional<TrustedNarinfo> trusted(Acl keys) {
        return answers.stream().flatMap(answer -> verified(answer, keys).stream()).min(BY_SIZE)
                .map(best -> new TrustedNarinfo(best, proof(best), offers(best, keys)));
    }

    @SuppressWarnings("ReferenceEquality") // The ACL is one object for as long as it stays the same.
    private Optional<VerifiedNarinfo> verified(Answer answer, Acl keys) {
        if (answer.judge != keys) {
            answer.judge = keys;
            answer.verdict = NarinfoVerifier.verify(answer.narinfo, keys, path);
        }
        return answer.verdict instanceof Verdict.Valid(var valid) ? Optional.of(valid) : Optional.empty();
    }

    private Optional<Narinfo> proof(VerifiedNarinfo best) {
        return answers.stream().filter(answer -> answer.isPublic).map(answer -> answer.narinfo)
                .filter(narinfo -> narinfo.narHash().equals(best.narHash())).findFirst();
    }

    /** The files of whoever says the same, and of those whose own signature is for the same bytes. */
    private List<NarOffer> offers(VerifiedNarinfo best, Acl keys) {
        Map<ServerUrl, List<NarOffer>> byServer = new HashMap<>();
        for (Answer answer : answers) {
            boolean sameBytes = verified(answer, keys).filter(own -> own.narHash().equals(best.narHash())).isPresent();
            if (sameBytes || best.vouchesFor(answer.narinfo)) {
                byServer.put(answer.server, NarOffer.of(answer.server, answer.narinfo));
            }
        }
        return servers.stream().flatMap(server -> byServer.getOrDefault(server, List.of()).stream()).toList();
    }
}
