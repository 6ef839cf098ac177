// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;

/** What every cache of narinfos does. */
abstract class NarinfoCacheContract {
    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    static final StorePath HELLO = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    static final StorePath LIB5 = new StorePath("zr28kp8qv9bhswxwpljqk3g8yxzj411h-lib5-1.5");
    static final ServerUrl SERVER = server("https://bordeaux.guix.gnu.org");
    static final ServerUrl OTHER = server("http://127.0.0.1:8080/publish/");

    abstract NarinfoCache cache();

    static ServerUrl server(String url) {
        try {
            return ServerUrl.parse(url);
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    static CachedAnswer.Hit hit(StorePath item) {
        return new CachedAnswer.Hit(Fixtures.bytes("narinfo/" + item.hashPart() + ".narinfo"), NOW,
                NOW.plus(CacheTimes.HIT));
    }

    static CachedAnswer.Miss miss() {
        return new CachedAnswer.Miss(404, NOW, NOW.plus(CacheTimes.MISS));
    }

    @Test
    void knowsNothingAtFirst() {
        assertEquals(Optional.empty(), cache().find(SERVER, HELLO));
    }

    @Test
    void givesBackHitsByteForByteAndMisses() {
        NarinfoCache cache = cache();
        cache.put(SERVER, HELLO, hit(HELLO));
        cache.put(SERVER, LIB5, miss());
        assertEquals(Optional.of(hit(HELLO)), cache.find(SERVER, HELLO));
        assertEquals(Optional.of(miss()), cache.find(SERVER, LIB5));
    }

    @Test
    void keepsServersApart() {
        NarinfoCache cache = cache();
        cache.put(SERVER, HELLO, hit(HELLO));
        cache.put(OTHER, HELLO, miss());
        assertEquals(Optional.of(hit(HELLO)), cache.find(SERVER, HELLO));
        assertEquals(Optional.of(miss()), cache.find(OTHER, HELLO));
        assertEquals(Optional.empty(), cache.find(server("http://bordeaux.guix.gnu.org"), HELLO));
    }

    @Test
    void theLastAnswerCounts() {
        NarinfoCache cache = cache();
        cache.put(SERVER, HELLO, hit(HELLO));
        cache.put(SERVER, HELLO, miss());
        assertEquals(Optional.of(miss()), cache.find(SERVER, HELLO));
        cache.put(SERVER, HELLO, hit(HELLO));
        assertEquals(Optional.of(hit(HELLO)), cache.find(SERVER, HELLO));
    }

    @Test
    void forgets() {
        NarinfoCache cache = cache();
        cache.put(SERVER, HELLO, hit(HELLO));
        cache.forget(SERVER, HELLO);
        cache.forget(SERVER, LIB5);
        assertEquals(Optional.empty(), cache.find(SERVER, HELLO));
    }

    @Test
    void givesExpiredAnswersToo() {
        NarinfoCache cache = cache();
        CachedAnswer old = new CachedAnswer.Miss(202, Instant.EPOCH, Instant.EPOCH.plusSeconds(1));
        cache.put(SERVER, HELLO, old);
        assertEquals(Optional.of(old), cache.find(SERVER, HELLO));
        assertFalse(old.isFresh(NOW));
    }

    @Test
    void refusesNarinfosThatAreTooLong() {
        NarinfoCache cache = cache();
        cache.put(SERVER, HELLO, new CachedAnswer.Hit(new byte[NarinfoCache.MAX_NARINFO_BYTES + 1], NOW, NOW));
        assertEquals(Optional.empty(), cache.find(SERVER, HELLO));
        CachedAnswer longest = new CachedAnswer.Hit(new byte[NarinfoCache.MAX_NARINFO_BYTES], NOW, NOW);
        cache.put(SERVER, HELLO, longest);
        assertEquals(Optional.of(longest), cache.find(SERVER, HELLO));
    }

    @Test
    void keepsAnEmptyAnswerApartFromAMiss() {
        NarinfoCache cache = cache();
        CachedAnswer empty = new CachedAnswer.Hit(new byte[0], NOW, NOW);
        cache.put(SERVER, HELLO, empty);
        assertEquals(Optional.of(empty), cache.find(SERVER, HELLO));
    }

    @Test
    void manyThreadsSeeWholeAnswers() throws Exception {
        NarinfoCache cache = cache();
        CachedAnswer first = hit(HELLO);
        CachedAnswer second = hit(LIB5);
        cache.put(SERVER, HELLO, first);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = IntStream.range(0, 8).<Future<?>>mapToObj(n -> threads.submit(() -> {
                Random random = new Random(n);
                for (int i = 0; i < 100; i++) {
                    if (random.nextInt(4) == 0) {
                        cache.put(SERVER, HELLO, random.nextBoolean() ? first : second);
                    } else {
                        CachedAnswer found = cache.find(SERVER, HELLO).orElseThrow();
                        assertTrue(found.equals(first) || found.equals(second), found::toString);
                    }
                }
            })).toList();
            for (Future<?> task : tasks) {
                task.get();
            }
        }
    }
}
