// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Tokens that were given to pages, each its own, in memory alone: they end with the node. Safe for several threads. */
final class SessionTokens {
    /** When there are more, that which was used longest ago goes. */
    static final int MOST = 16;
    /** One that nobody has used for so long does not hold any more. */
    static final Duration UNUSED = Duration.ofDays(30);
    private static final int BYTES = 32;

    private final LongSupplier nanos;
    private final SecureRandom random;
    /** The one that was used longest ago first. */
    private final Deque<Session> sessions = new ArrayDeque<>();

    private record Session(byte[] text, long usedNanos) {}

    /** @param nanos time that only goes forward, in nanoseconds since some moment */
    SessionTokens(LongSupplier nanos, SecureRandom random) {
        this.nanos = nanos;
        this.random = random;
    }

    /** A new one of 256 bits, of letters, digits, hyphens and underscores. */
    synchronized String issue() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        sessions.addLast(new Session(text.getBytes(StandardCharsets.US_ASCII), nanos.getAsLong()));
        if (sessions.size() > MOST) {
            sessions.removeFirst();
        }
        return text;
    }

    /** Whether a token holds, which is used by that. */
    synchronized boolean allows(byte[] said) {
        long now = nanos.getAsLong();
        sessions.removeIf(session -> now - session.usedNanos() >= UNUSED.toNanos());
        Optional<Session> found = Optional.empty();
        for (Session session : sessions) {
            // Each is compared, and each to its end: time tells nothing of how close a guess was.
            if (MessageDigest.isEqual(session.text(), said)) {
                found = Optional.of(session);
            }
        }
        found.ifPresent(session -> {
            sessions.remove(session);
            sessions.addLast(new Session(session.text(), now));
        });
        return found.isPresent();
    }
}
