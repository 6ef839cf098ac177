// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Random;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

class TokenIssuerTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress THERE = InetAddress.ofLiteral("192.0.2.2");
    private static final long MINUTE = 60_000_000_000L;

    private final Random random = new Random(1);
    private final DhtId key = DhtId.random(random);
    /** Clocks may begin anywhere, and pass the highest number. */
    private long now = Long.MAX_VALUE - MINUTE;
    private final TokenIssuer tokens = new TokenIssuer(random, () -> now);

    @Test
    void aTokenIsForOneAddressAndOneKey() {
        Octets token = tokens.issue(HERE, key);
        assertTrue(tokens.accepts(token, HERE, key));
        assertFalse(tokens.accepts(token, THERE, key));
        assertFalse(tokens.accepts(token, HERE, DhtId.random(random)));
        assertEquals(token, tokens.issue(HERE, key));
    }

    @Test
    void aTokenIsGoodForFiveMinutesAndNotForTen() {
        Octets token = tokens.issue(HERE, key);
        for (int minute = 1; minute < 10; minute++) {
            now += MINUTE;
            assertTrue(tokens.accepts(token, HERE, key), minute + " min");
        }
        now += MINUTE;
        assertFalse(tokens.accepts(token, HERE, key));
        assertTrue(tokens.accepts(tokens.issue(HERE, key), HERE, key));
    }

    @Test
    void aTokenIsGoodForNoLongerWhenNobodyComesInBetween() {
        Octets token = tokens.issue(HERE, key);
        now += 9 * MINUTE;
        assertTrue(tokens.accepts(token, HERE, key));
        now += MINUTE;
        assertFalse(tokens.accepts(token, HERE, key));
    }

    @Test
    void nothingIsLeftAfterALongPause() {
        Octets token = tokens.issue(HERE, key);
        now += 10 * MINUTE;
        assertFalse(tokens.accepts(token, HERE, key));
    }

    @Test
    void whatWasNotGivenOutIsRefused() {
        Octets token = tokens.issue(HERE, key);
        byte[] bytes = token.bytes();
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = token.bytes();
            changed[i] ^= 1;
            assertFalse(tokens.accepts(Octets.of(changed), HERE, key));
        }
        assertFalse(tokens.accepts(Octets.EMPTY, HERE, key));
        assertFalse(tokens.accepts(Octets.of(new byte[64]), HERE, key));
        assertFalse(tokens.accepts(Octets.of(Arrays.copyOf(bytes, 7)), HERE, key));
    }

    @Test
    void nodesHaveSecretsOfTheirOwn() {
        assertNotEquals(tokens.issue(HERE, key), new TokenIssuer(new Random(2), () -> now).issue(HERE, key));
    }
}
