// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.guixp2p.persistence.StateLines;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;

/**
 * How much of each NAR was given to others, in all and lately: what was given a week ago counts half, two weeks ago a quarter.
 * In memory, and from time to time in {@code demand} in the state directory, so that no request costs a write; a crash loses
 * what came since. Text: a first line, one line a NAR ({@code HASH SERVED LATELY SECONDS}: bytes in all, bytes that count as
 * lately at the time), and a last line. Safe for several threads; reading and writing the file blocks.
 */
public final class Demand {
    /** After which what was given counts half. */
    static final Duration HALF_LIFE = Duration.ofDays(7);
    /** By then what was given counts for nothing. */
    static final Duration LONGEST = Duration.ofDays(90);
    private static final String NAME = "demand";
    private static final String FIRST = "guix-p2p demand 1";
    private static final int MOST = 500_000;
    /** More than so many NARs can be. */
    private static final int MAX_BYTES = 128 * MOST;

    private final InstantSource clock;
    private final StateLines lines;
    private final Map<NarHash, Given> byHash = new ConcurrentHashMap<>();
    private final AtomicBoolean changed = new AtomicBoolean();

    /**
     * What was given of a NAR.
     *
     * @param served bytes in all
     * @param lately bytes that counted at {@code seconds}
     * @param seconds since the epoch
     */
    private record Given(long served, double lately, long seconds) {
        private static final Given NOTHING = new Given(0, 0, 0);

        private double latelyAt(long now) {
            // A clock that was set back makes nothing count more.
            return lately * Math.exp(-Math.log(2) * Math.max(0, now - seconds) / HALF_LIFE.toSeconds());
        }
    }

    private record Line(NarHash hash, Given given) {}

    private Demand(StateLines lines, InstantSource clock) {
        this.lines = lines;
        this.clock = clock;
    }

    /** Reads what was kept below {@code stateDirectory}; a file that makes no sense is set aside, and all begin anew. */
    public static Demand open(Path stateDirectory, InstantSource clock) {
        Demand demand = new Demand(new StateLines(stateDirectory.resolve(NAME), "what was given is counted anew",
                MAX_BYTES), clock);
        demand.lines.read(Demand::decode).forEach(line -> demand.byHash.put(line.hash(), line.given()));
        return demand;
    }

    private static List<Line> decode(byte[] content) throws FormatException {
        List<Line> all = new ArrayList<>();
        for (String line : StateLines.decode(FIRST, content, MAX_BYTES)) {
            all.add(line(line));
        }
        return all;
    }

    private static Line line(String line) throws FormatException {
        String[] words = line.split(" ", -1);
        if (words.length != 4) {
            throw new FormatException("HASH SERVED LATELY SECONDS expected, found " + FormatException.quote(line));
        }
        try {
            Given given = new Given(Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
            if (given.served() < 0 || given.lately() < 0) {
                throw new FormatException("less than nothing was given: " + FormatException.quote(line));
            }
            return new Line(new NarHash(Sha256.parse(words[0])), given);
        } catch (NumberFormatException e) {
            throw new FormatException("no numbers: " + FormatException.quote(line), e);
        }
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /** So many bytes of a NAR were given; none are counted of yet another NAR when there are more than can be kept. */
    public void given(NarHash nar, long bytes) {
        long now = now();
        if (byHash.size() >= MOST && !byHash.containsKey(nar)) {
            return;
        }
        byHash.merge(nar, new Given(bytes, bytes, now),
                (before, _) -> new Given(before.served() + bytes, before.latelyAt(now) + bytes, now));
        changed.set(true);
    }

    /** How many bytes of a NAR were given in all. */
    public long served(NarHash nar) {
        return byHash.getOrDefault(nar, Given.NOTHING).served();
    }

    /** How many of them count as given lately. */
    public double lately(NarHash nar) {
        return byHash.getOrDefault(nar, Given.NOTHING).latelyAt(now());
    }

    /** When something of it was given last; the epoch when nothing was. */
    public Instant last(NarHash nar) {
        return Instant.ofEpochSecond(byHash.getOrDefault(nar, Given.NOTHING).seconds());
    }

    /**
     * Writes it, if something was given since that was done last. Of what nothing was given for long all is forgotten.
     *
     * @throws IOException when it cannot be written; what was kept before is as it was
     */
    public synchronized void save() throws IOException {
        if (!changed.getAndSet(false)) {
            return;
        }
        long oldest = now() - LONGEST.toSeconds();
        byHash.values().removeIf(given -> given.seconds() < oldest);
        try {
            lines.save(StateLines.encode(FIRST, byHash.entrySet().stream().map(entry -> entry.getKey().base32() + " "
                    + entry.getValue().served() + " " + Math.round(entry.getValue().lately()) + " "
                    + entry.getValue().seconds())));
        } catch (IOException e) {
            changed.set(true);
            throw e;
        }
    }
}
