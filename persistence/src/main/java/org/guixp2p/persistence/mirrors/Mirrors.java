// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.persistence.StateLines;
import org.guixp2p.persistence.narinfo.ServerUrl;

/**
 * What each substitute server is like, and which is to be asked first. In memory, and from time to time in {@code mirrors} in the state
 * directory; a crash loses what came since. Safe for several threads; only {@link #open} and {@link #save} block.
 */
public final class Mirrors {
    /** More than anybody configures; clients name others. */
    static final int MOST = 64;
    private static final Duration LATELY = Duration.ofHours(1);
    /** Of those that were found and are there no more so many are known as such: what was asked of them may yet be answered. */
    static final int MOST_PASSING = 1024;
    private static final String NAME = "mirrors";

    private final InstantSource clock;
    private final RandomGenerator random;
    private final SequencedSet<ServerUrl> own;
    private final StateLines lines;
    private final Map<ServerUrl, ServerRecord> records = new LinkedHashMap<>();
    /** When each of those in {@link #records} answered a lookup last. */
    private final Map<ServerUrl, Instant> looked = new HashMap<>();
    /** When a file of each size came from each of them last. */
    private final Map<ServerUrl, Map<SizeClass, Instant>> measured = new HashMap<>();
    /** Those of {@link #records} whose last first byte was late. */
    private final Set<ServerUrl> late = new HashSet<>();
    /** Those that nobody named and that were found to be there, for as long as they are. */
    private final SequencedSet<ServerUrl> found = new LinkedHashSet<>();
    /** Those that are or were among {@link #found}, last came last: how they are is of no use once the node has ended. */
    private final SequencedSet<ServerUrl> passing = new LinkedHashSet<>();
    private final NarOrder narOrder;
    /** When any server answered. */
    private Instant answered = Instant.EPOCH;
    private boolean changed;

    /** What a server is asked for. */
    public enum Use {
        LOOKUPS, NARS
    }

    private Mirrors(StateLines lines, InstantSource clock, RandomGenerator random, Collection<ServerUrl> own) {
        this.lines = lines;
        this.clock = clock;
        this.random = random;
        this.own = new LinkedHashSet<>(own);
        this.narOrder = new NarOrder(this.own, clock, random);
    }

    /**
     * Reads what was kept below {@code stateDirectory}; a file that makes no sense is set aside, and all are measured anew.
     *
     * @param random when another one than the best is first, and how long those that failed are left alone
     * @param own those that the user has configured, in their order: others are forgotten before them
     */
    public static Mirrors open(Path stateDirectory, InstantSource clock, RandomGenerator random,
            Collection<ServerUrl> own) {
        Mirrors mirrors = new Mirrors(new StateLines(stateDirectory.resolve(NAME), "servers are measured anew",
                MirrorLines.MAX_BYTES), clock, random, own);
        mirrors.lines.read(content -> MirrorLines.decode(content, MOST))
                .forEach(line -> mirrors.records.put(line.server(), line.known()));
        return mirrors;
    }

    /** What is handed back as the time when something began. */
    public Instant now() {
        return clock.instant();
    }

    // Who comes and goes.

    /**
     * A server that nobody named is there. Unless somebody did earlier, what it does says nothing of whether others can be reached, and is
     * not written down.
     */
    public synchronized void appeared(ServerUrl server) {
        if (own.contains(server)) {
            return;
        }
        found.add(server);
        if (passing.remove(server) || !records.containsKey(server)) {
            passing.add(server);
        }
        if (passing.size() > MOST_PASSING) {
            passing.stream().filter(one -> !found.contains(one) && !records.containsKey(one)).findFirst()
                    .ifPresent(passing::remove);
        }
    }

    /** It is there no more. What it did counts again should it come back before the node ends. */
    public synchronized void disappeared(ServerUrl server) {
        found.remove(server);
    }

    // What they did.

    /** A server answered a lookup, by a narinfo or by saying that it has none. */
    public void looked(ServerUrl server, Duration took, boolean found) {
        change(server, known -> {
            Instant now = answered(server, true);
            return known.looked(took, found, now);
        });
    }

    /** A server can be reached, though what it says to a lookup makes no sense. */
    public void reached(ServerUrl server) {
        change(server, known -> {
            var _ = answered(server, true);
            return known.lookups(Trouble.NONE);
        });
    }

    private Instant answered(ServerUrl server, boolean lookup) {
        Instant now = clock.instant();
        if (!passing.contains(server)) {
            answered = now;
        }
        if (lookup) {
            looked.put(server, now);
        } else {
            late.remove(server);
        }
        return now;
    }

    /**
     * A server begins to send a file.
     *
     * @param fileBytes as long as it is, or is thought to be
     */
    public void began(ServerUrl server, long fileBytes, Duration firstByte) {
        change(server, known -> known.began(fileBytes, firstByte, answered(server, false)));
    }

    /**
     * A server was given up because another one began first. That is a failure when it was out of reach, or for the second time in a row,
     * or when nothing was heard of it lately.
     *
     * @param fileBytes as long as the file is thought to be
     * @param after so long without a first byte
     * @param connected whether there was a connection at least
     * @param begun when it was asked
     */
    public void late(ServerUrl server, long fileBytes, Duration after, boolean connected, Instant begun) {
        change(server, known -> {
            ServerRecord slower = known.late(fileBytes, after);
            boolean again = !late.add(server);
            return again || !connected || !known.isFresh(clock.instant())
                    ? failed(slower, Fault.TIMEOUT, begun)
                    : slower;
        });
    }

    /**
     * A server sent {@code bytes} of a file.
     *
     * @param waited for them by whoever reads, after the first
     * @param whole whether these are all of it
     */
    public void came(ServerUrl server, long fileBytes, long bytes, Duration waited, boolean whole) {
        change(server, known -> {
            Instant now = clock.instant();
            if (whole || bytes >= ServerRecord.LEAST_BYTES) {
                measured.computeIfAbsent(server, one -> new EnumMap<>(SizeClass.class)).put(SizeClass.of(fileBytes),
                        now);
            }
            return known.came(fileBytes, bytes, waited, whole, now);
        });
    }

    /** Whether a file about as large came from a server within the last hour, in this run: the user's line may be another one since. */
    public synchronized boolean isMeasuredLately(ServerUrl server, long fileBytes) {
        Instant then = measured.getOrDefault(server, Map.of()).get(SizeClass.of(fileBytes));
        return then != null && then.plus(LATELY).isAfter(clock.instant());
    }

    /** A server gave a file to its end, and a NAR of the right length was in it. */
    public void gave(ServerUrl server) {
        change(server, known -> known.gave(false));
    }

    /** All that a server gave of a NAR was right. */
    public void proven(ServerUrl server) {
        change(server, known -> known.gave(true));
    }

    /**
     * A server did not do what it should.
     *
     * @param begun when it was asked: of many that fail together one counts, and no lookup that failed while others were answered; nor
     *         more than one for as long as no server answers at all
     */
    public void failed(ServerUrl server, Use use, Fault fault, Instant begun) {
        Instant now = clock.instant();
        change(server, known -> switch (use) {
            case LOOKUPS -> {
                Instant heard = looked.getOrDefault(server, Instant.EPOCH);
                yield begun.isBefore(heard) && !heard.isAfter(now)
                        ? known
                        : known.lookups(more(known.lookups(), fault, begun));
            }
            case NARS -> failed(known, fault, begun);
        });
    }

    private ServerRecord failed(ServerRecord known, Fault fault, Instant begun) {
        return known.nars(more(known.nars(), fault, begun));
    }

    private Trouble more(Trouble trouble, Fault fault, Instant begun) {
        boolean ours = fault.mayBeOurNetwork() && !answered.isAfter(trouble.last());
        return trouble.and(fault, begun, ours, clock.instant(), random.nextDouble());
    }

    private synchronized void change(ServerUrl server, UnaryOperator<ServerRecord> how) {
        records.put(server, how.apply(known(server)));
        changed = true;
        if (records.size() > MOST) {
            records.entrySet().stream().filter(entry -> !entry.getKey().equals(server))
                    .min(Comparator
                            .comparingInt((Map.Entry<ServerUrl, ServerRecord> entry) -> worth(entry.getKey()))
                            .thenComparing(entry -> entry.getValue().touched()))
                    .map(Map.Entry::getKey).ifPresent(this::forget);
        }
    }

    /** The user's own are remembered before those of clients, and these before those that nobody named. */
    private int worth(ServerUrl server) {
        return own.contains(server) ? 2 : passing.contains(server) ? 0 : 1;
    }

    private void forget(ServerUrl server) {
        records.remove(server);
        measured.remove(server);
        looked.remove(server);
        late.remove(server);
    }

    private ServerRecord known(ServerUrl server) {
        return records.getOrDefault(server, ServerRecord.NEW);
    }

    // What follows from it.

    /** Whether a server failed and is to be left alone for now. A server that gives no narinfos gives no NARs either. */
    public synchronized boolean isOut(ServerUrl server, Use use) {
        return outUntil(server, use).isAfter(Instant.EPOCH);
    }

    /** Until when it is left alone; the epoch when it is not. */
    public synchronized Instant outUntil(ServerUrl server, Use use) {
        ServerRecord known = known(server);
        Instant now = clock.instant();
        Instant lookups = known.lookups().holds(now) ? known.lookups().until() : Instant.EPOCH;
        Instant nars = use == Use.NARS && known.nars().holds(now) ? known.nars().until() : Instant.EPOCH;
        return lookups.isAfter(nars) ? lookups : nars;
    }

    /** When a server's last lookup failed; empty when it did not, or it has answered since. */
    public synchronized Optional<Instant> lookupFailed(ServerUrl server) {
        Trouble trouble = known(server).lookups();
        return trouble.failures() == 0 ? Optional.empty() : Optional.of(trouble.last());
    }

    /** How long a file of so many bytes should take from a server; empty when nothing was measured lately. */
    public synchronized OptionalDouble seconds(ServerUrl server, long bytes) {
        return known(server).seconds(bytes, clock.instant());
    }

    /** How fast a file of so many bytes should come, in bytes a second, after its first byte. */
    public synchronized OptionalLong bytesPerSecond(ServerUrl server, long bytes) {
        return known(server).bytesPerSecond(bytes, clock.instant());
    }

    /** How soon its first byte should come, in microseconds. */
    public synchronized OptionalLong firstByteMicros(ServerUrl server, long bytes) {
        return known(server).firstByteMicros(bytes, clock.instant());
    }

    /**
     * The order in which to ask for a NAR: the best first, those alike in the given order, or by their narinfos where none of them was measured, those that were not measured lately between the
     * others, and last those that failed. Where those measured are slower than is usual, the user's own that were not measured are before them, each
     * once an hour. Now and then another one than the best is first, of those that were not measured lately or should
     * take a second more at most.
     *
     * @param servers in the user's order, each once
     * @param seconds what the NAR should take; empty when that is not known
     * @param usual what it takes where the network is as usual: a single slow one that was measured is not a measure for the others
     * @param explores whether another one may be first
     */
    public synchronized List<ServerUrl> order(List<ServerUrl> servers, Function<ServerUrl, OptionalDouble> seconds,
            ToDoubleFunction<ServerUrl> usual, boolean explores) {
        Map<Boolean, List<ServerUrl>> byOut = servers.stream()
                .collect(Collectors.partitioningBy(server -> isOut(server, Use.NARS)));
        return Stream.concat(narOrder.of(byOut.getOrDefault(false, List.of()), seconds, usual,
                server -> known(server).narinfoMicros(), explores).stream(),
                byOut.getOrDefault(true, List.of()).stream()).toList();
    }

    // The table.

    /** What is known of each: the user's own in their order, then those that were found and are there, then others by their URLs. */
    public synchronized List<Standing> table() {
        SequencedSet<ServerUrl> all = new LinkedHashSet<>(own);
        all.addAll(found);
        records.keySet().stream().filter(server -> !passing.contains(server))
                .sorted(Comparator.comparing(ServerUrl::toString)).forEach(all::add);
        Instant now = clock.instant();
        double least = all.stream().filter(server -> !isOut(server, Use.NARS))
                .flatMapToDouble(server -> known(server).seconds(Standing.USUAL_BYTES, now).stream()).min().orElse(0);
        return all.stream().map(server -> Standing.of(server, found.contains(server), known(server),
                outUntil(server, Use.NARS), least, now)).toList();
    }

    /**
     * Writes it, if something changed since that was done last.
     *
     * @throws IOException when it cannot be written; what was kept before is as it was
     */
    public void save() throws IOException {
        // What is written last is what was known last.
        synchronized (lines) {
            byte[] content;
            synchronized (this) {
                if (!changed) {
                    return;
                }
                changed = false;
                content = MirrorLines.encode(
                        records.entrySet().stream().filter(entry -> !passing.contains(entry.getKey()))
                                .map(entry -> new MirrorLines.Line(entry.getKey(), entry.getValue())).toList());
            }
            try {
                lines.save(content);
            } catch (IOException e) {
                synchronized (this) {
                    changed = true;
                }
                throw e;
            }
        }
    }
}
