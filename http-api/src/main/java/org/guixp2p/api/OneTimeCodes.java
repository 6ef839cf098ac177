// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.LongSupplier;

/** Codes that hold once, and not for long. Safe for several threads. */
final class OneTimeCodes {
    /** Of those that were not used the oldest go. */
    static final int MOST = 8;
    private static final int BYTES = 24;

    private final Duration lasts;
    private final LongSupplier nanos;
    private final SecureRandom random;
    private final Deque<Code> codes = new ArrayDeque<>();

    private record Code(byte[] text, long sinceNanos) {}

    /** @param nanos time that only goes forward, in nanoseconds since some moment */
    OneTimeCodes(Duration lasts, LongSupplier nanos, SecureRandom random) {
        this.lasts = lasts;
        this.nanos = nanos;
        this.random = random;
    }

    /** A new one, of letters, digits, hyphens and underscores. */
    synchronized String issue() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        codes.addLast(new Code(text.getBytes(StandardCharsets.US_ASCII), nanos.getAsLong()));
        if (codes.size() > MOST) {
            codes.removeFirst();
        }
        return text;
    }

    /** Whether a code holds; it does not any more afterwards. */
    synchronized boolean redeem(String text) {
        long now = nanos.getAsLong();
        codes.removeIf(code -> now - code.sinceNanos() >= lasts.toNanos());
        byte[] said = text.getBytes(StandardCharsets.UTF_8);
        boolean found = false;
        for (Iterator<Code> all = codes.iterator(); all.hasNext();) {
            // Each is compared, and each to its end: time tells nothing of how close a guess was.
            if (MessageDigest.isEqual(all.next().text(), said)) {
                all.remove();
                found = true;
            }
        }
        return found;
    }
}
