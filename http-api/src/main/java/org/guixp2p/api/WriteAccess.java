// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Who may change something: whoever has the token that is in a file. A page in a browser, which reads no files, gets one of its own for
 * a code that only the node's user can have, and that holds once and for two minutes. Safe for several threads.
 */
public final class WriteAccess {
    /** How long a code holds. */
    public static final Duration CODE_LASTS = Duration.ofMinutes(2);
    /** Wrong codes that may come at once. */
    static final int GUESSES = 10;
    /** After so long one more may come. */
    static final Duration GUESS_EVERY = Duration.ofSeconds(6);

    private static final String SCHEME = "Bearer ";

    private final byte[] token;
    private final LongSupplier nanos;
    private final OneTimeCodes codes;
    private final SessionTokens sessions;
    private long guessesNanos;

    /**
     * @param token of characters that a header may have (RFC 6750, section 2.1)
     * @param nanos time that only goes forward, in nanoseconds since some moment
     */
    public WriteAccess(String token, LongSupplier nanos, SecureRandom random) {
        this.token = token.getBytes(StandardCharsets.UTF_8);
        this.nanos = nanos;
        this.codes = new OneTimeCodes(CODE_LASTS, nanos, random);
        this.sessions = new SessionTokens(nanos, random);
        this.guessesNanos = nanos.getAsLong() - GUESSES * GUESS_EVERY.toNanos();
    }

    /** A code for which a token is given once. */
    public String newCode() {
        return codes.issue();
    }

    /** @param authorization the header of that name */
    boolean allows(String authorization) {
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] said = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        boolean isOfFile = MessageDigest.isEqual(token, said);
        return sessions.allows(said) || isOfFile;
    }

    /** A token of its own for a code. What bounds guesses holds up nobody who is right: else whoever guesses on would keep him out. */
    synchronized Outcome<SessionToken> exchange(String code) {
        if (codes.redeem(code)) {
            return Outcome.done(new SessionToken(sessions.issue()));
        }
        long now = nanos.getAsLong();
        long most = GUESSES * GUESS_EVERY.toNanos();
        long left = Math.min(most, now - guessesNanos);
        if (left < GUESS_EVERY.toNanos()) {
            return Outcome.refused(Outcome.Reason.TOO_OFTEN, "too many wrong codes; try again in some seconds");
        }
        guessesNanos = now - left + GUESS_EVERY.toNanos();
        return Outcome.refused(Outcome.Reason.FORBIDDEN,
                "the link does not hold, or not any more: 'guix-p2p dashboard' gives another");
    }
}
