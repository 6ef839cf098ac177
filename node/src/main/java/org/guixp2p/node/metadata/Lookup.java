// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
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
 * the ACL as it is when somebody looks. Narinfos that are of no use, or for which there is no room, are let go of and read
 * from the cache again when they matter. Safe for several threads.
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
    private final Function<ServerUrl, Optional<Narinfo>> cached;
    private final PublicGate gate;
    private final Instant asked;
    private final Urgency urgency;
    private final List<Answer> answers = new ArrayList<>();
    private final CompletableFuture<Instant> found = new CompletableFuture<>();
    private final CompletableFuture<Instant> foundByNamed = new CompletableFuture<>();
    private final CompletableFuture<Void> fresh = new CompletableFuture<>();
    private final CompletableFuture<Void> complete = new CompletableFuture<>();
    private final List<Dropped> dropped = new ArrayList<>();
    private volatile BiConsumer<ServerUrl, Verdict> watcher = (server, verdict) -> {};
    private Instant expires;
    private boolean lost;

    /** A narinfo that came, and the last verdict on it, with the keys that it was by: signatures are slow to verify. */
    private static final class Answer {
        private final ServerUrl server;
        private final Narinfo narinfo;
        private final long size;
        private final boolean isPublic;
        private final boolean isFresh;
        private Acl judge;
        private Verdict verdict;

        Answer(ServerUrl server, Narinfo narinfo, boolean isPublic, boolean isFresh, Acl judge, Verdict verdict) {
            this.server = server;
            this.narinfo = narinfo;
            this.size = narinfo.raw().length;
            this.isPublic = isPublic;
            this.isFresh = isFresh;
            this.judge = judge;
            this.verdict = verdict;
        }
    }

    /**
     * A narinfo that came and is in the cache alone.
     *
     * @param judge the keys by which it is of no use; none when it was let go of for want of room
     */
    private record Dropped(ServerUrl server, boolean isFresh, Optional<Acl> judge) {}

    /**
     * A question that is being asked.
     *
     * @param servers in the user's order
     * @param acl the keys that are trusted at the time; may block on the disk
     * @param cached what a server has said, as long as the cache has it; may block on the disk
     * @param asked when
     */
    Lookup(StorePath path, List<ServerUrl> servers, Supplier<Acl> acl,
            Function<ServerUrl, Optional<Narinfo>> cached, PublicGate gate, Instant asked, Urgency urgency) {
        this.path = path;
        this.servers = servers;
        this.acl = acl;
        this.cached = cached;
        this.gate = gate;
        this.asked = asked;
        this.urgency = urgency;
        this.expires = asked.plus(LONGEST);
    }

    /** Has {@code other} hear of each narinfo that comes, and whether it counts. */
    void watch(BiConsumer<ServerUrl, Verdict> other) {
        watcher = other;
    }

    /**
     * Takes one server's answer; a narinfo takes the place of what it gave before, which is better than none. May block on the disk.
     *
     * @param named whether it is no stranger's
     */
    void add(ServerUrl server, ServerAnswers.ServerAnswer answer, Instant now, boolean named) {
        Optional<Answer> judged = answer.narinfo()
                .map(narinfo -> judge(server, narinfo, answer.isFresh(), acl.get()));
        // Before others see it, who may judge it anew by other keys.
        Optional<Verdict> verdict = judged.map(one -> one.verdict);
        boolean again;
        synchronized (this) {
            again = judged.filter(one -> isKnown(one)).isPresent();
            judged.ifPresent(one -> {
                answers.removeIf(before -> before.server.equals(server));
                dropped.removeIf(before -> before.server().equals(server));
                answers.add(one);
            });
            expires = answer.expires().isBefore(expires) ? answer.expires() : expires;
        }
        // Of the others that was seen when they came. Those let go of meanwhile are not read again for each one that comes.
        verdict.ifPresent(first -> {
            if (!again) {
                watcher.accept(server, first);
            }
            if (first instanceof Verdict.Valid) {
                if (named) {
                    foundByNamed.complete(now);
                }
                found.complete(now);
                if (answer.isFresh()) {
                    fresh.complete(null);
                }
            } else {
                LOG.info("{}: {}", server.uri(), first.reason());
            }
        });
    }

    private boolean isKnown(Answer answer) {
        return answers.stream().anyMatch(before -> before.server.equals(answer.server)
                && Arrays.equals(before.narinfo.raw(), answer.narinfo.raw()));
    }

    private Answer judge(ServerUrl server, Narinfo narinfo, boolean isFresh, Acl keys) {
        Verdict verdict = NarinfoVerifier.verify(narinfo, keys, path);
        return new Answer(server, narinfo, gate.isPublic(path, narinfo.narHash(), narinfo), isFresh, keys, verdict);
    }

    /** All servers have answered, or never will; may block on the disk. */
    void end() {
        dropUseless(acl.get());
        complete.complete(null);
    }

    /** Until all have answered, nobody knows whether one that does not verify says the same as one that does. */
    private synchronized void dropUseless(Acl keys) {
        Optional<VerifiedNarinfo> best = best(answers, keys);
        answers.removeIf(answer -> {
            boolean use = answer.isPublic || verified(answer, keys).isPresent()
                    || best.filter(valid -> valid.vouchesFor(answer.narinfo)).isPresent();
            return !use && dropped.add(new Dropped(answer.server, answer.isFresh, Optional.of(keys)));
        });
    }

    /** Lets go of all narinfos: whoever looks later reads them from the cache. */
    synchronized void spill() {
        answers.forEach(answer -> dropped.add(new Dropped(answer.server, answer.isFresh, Optional.empty())));
        answers.clear();
    }

    /** Bytes of the narinfos that it holds. */
    synchronized long bytes() {
        return answers.stream().mapToLong(answer -> answer.size).sum();
    }

    /** Somebody waits for it from now on. */
    void raise() {
        urgency.raise();
    }

    /** Whether the question need not be asked again at {@code now}. It must when the clock was set back since. */
    synchronized boolean holds(Instant now) {
        Instant least = asked.plus(SHORTEST);
        boolean fresh = !now.isBefore(asked) && now.isBefore(expires.isBefore(least) ? least : expires);
        return !lost && (fresh || !complete.isDone());
    }

    /** Whether something that was found can be found here no more. */
    synchronized boolean isLost() {
        return lost;
    }

    /** Completes when there is a trusted narinfo, with the time when that came; perhaps never. */
    CompletionStage<Instant> whenFound() {
        return found;
    }

    /** The same of one that is no stranger's. */
    CompletionStage<Instant> whenFoundByNamed() {
        return foundByNamed;
    }

    /** Completes when a server that answers has given a trusted one; perhaps never. */
    CompletionStage<Void> whenFresh() {
        return fresh;
    }

    /** Completes when there is nothing more to come. */
    CompletionStage<Void> whenComplete() {
        return complete;
    }

    /**
     * What can be trusted by now, if anything can; may block on the disk. When the cache has lost what was let go of, the
     * question does not hold any more.
     */
    @SuppressWarnings("ReferenceEquality") // The ACL is one object for as long as it stays the same.
    Optional<TrustedNarinfo> trusted() {
        Acl keys = acl.get();
        List<Answer> all;
        List<Dropped> wanted;
        // At once: what is let go of in between would be in neither.
        synchronized (this) {
            all = new ArrayList<>(answers);
            wanted = dropped.stream().filter(one -> one.judge().isEmpty() || one.judge().get() != keys).toList();
        }
        all.addAll(readAgain(wanted, keys));
        synchronized (this) {
            Optional<VerifiedNarinfo> now = best(all.stream().filter(answer -> answer.isFresh).toList(), keys);
            return now.or(() -> best(all, keys)).map(best -> new TrustedNarinfo(best, proof(all, best),
                    offers(all, best, keys), now.isPresent(), took()));
        }
    }

    /** Not less than nothing: the clock may have been set back meanwhile. */
    private Duration took() {
        Duration told = Duration.between(asked, found.getNow(asked));
        return told.isNegative() ? Duration.ZERO : told;
    }

    private List<Answer> readAgain(List<Dropped> wanted, Acl keys) {
        List<Answer> read = new ArrayList<>();
        for (Dropped one : wanted) {
            Optional<Narinfo> narinfo = cached.apply(one.server());
            if (narinfo.isPresent()) {
                read.add(judge(one.server(), narinfo.get(), one.isFresh(), keys));
            } else if (one.judge().isEmpty()) {
                synchronized (this) {
                    lost = true;
                }
            }
        }
        return read;
    }

    private Optional<VerifiedNarinfo> best(List<Answer> among, Acl keys) {
        return among.stream().flatMap(answer -> verified(answer, keys).stream()).min(BY_SIZE);
    }

    @SuppressWarnings("ReferenceEquality") // The ACL is one object for as long as it stays the same.
    private Optional<VerifiedNarinfo> verified(Answer answer, Acl keys) {
        if (answer.judge != keys) {
            answer.judge = keys;
            answer.verdict = NarinfoVerifier.verify(answer.narinfo, keys, path);
        }
        return answer.verdict instanceof Verdict.Valid(var valid) ? Optional.of(valid) : Optional.empty();
    }

    private Optional<Narinfo> proof(List<Answer> among, VerifiedNarinfo best) {
        return among.stream().filter(answer -> answer.isPublic).map(answer -> answer.narinfo)
                .filter(narinfo -> narinfo.narHash().equals(best.narHash())).findFirst();
    }

    /** The files of whoever says the same, and of those whose own signature is for the same bytes. */
    private List<NarOffer> offers(List<Answer> among, VerifiedNarinfo best, Acl keys) {
        Map<ServerUrl, List<NarOffer>> byServer = new HashMap<>();
        for (Answer answer : among) {
            boolean sameBytes = verified(answer, keys).filter(own -> own.narHash().equals(best.narHash())).isPresent();
            if (sameBytes || best.vouchesFor(answer.narinfo)) {
                byServer.put(answer.server, NarOffer.of(answer.server, answer.narinfo));
            }
        }
        return servers.stream().flatMap(server -> byServer.getOrDefault(server, List.of()).stream()).toList();
    }
}
