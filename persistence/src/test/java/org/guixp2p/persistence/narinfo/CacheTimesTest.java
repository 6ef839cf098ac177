// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheTimesTest {
    @ParameterizedTest
    @CsvSource({
        "200, , PT36H", "200, 300, PT300S", "200, 0, PT0S", "200, 9223372036854775807, P365D",
        "404, , PT2M", "404, 300, PT300S", "404, 0, PT0S", "404, 9223372036854775807, P1D",
        "202, , PT2M", "202, 300, PT300S",
        "500, , PT60S", "500, 9999, PT60S", "403, 9999, PT60S", "301, 9999, PT60S", "503, 1, PT60S",
    })
    void asTheAnswerSays(int status, Long maxAge, Duration holds) {
        OptionalLong said = maxAge == null ? OptionalLong.empty() : OptionalLong.of(maxAge);
        assertEquals(holds, CacheTimes.holds(status, said));
    }

    @Test
    void anAnswerIsFreshFromThenUntilItExpires() {
        Instant then = Instant.parse("2026-03-01T12:00:00Z");
        CachedAnswer answer = new CachedAnswer.Miss(404, then, then.plusSeconds(120));
        assertTrue(answer.isFresh(then));
        assertTrue(answer.isFresh(then.plusSeconds(119)));
        assertFalse(answer.isFresh(then.plusSeconds(120)));
        assertTrue(answer.isFresh(then.minus(CachedAnswer.CLOCK_SLACK)));
        assertFalse(answer.isFresh(then.minus(CachedAnswer.CLOCK_SLACK).minusSeconds(1)));
    }
}
