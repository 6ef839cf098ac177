// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.Octets;

/**
 * Gives out the tokens without which nobody writes to this node (BEP 5): who has one can receive at the address that it is for,
 * and has asked about the key lately. Nothing is remembered for it: a token is an HMAC, under a secret that changes, over
 * address and key. The one before is taken too, so a token is good for 5 to 10 minutes.
 */
final class TokenIssuer {
    /** How long a secret is used for new tokens. */
    static final Duration ROTATION = Duration.ofMinutes(5);

    private static final String ALGORITHM = "HmacSHA256";
    private static final int SECRET_BYTES = 32;
    private static final int TOKEN_BYTES = 8;

    private final RandomGenerator random;
    private final LongSupplier nanos;
    private byte[] current;
    private byte[] before;
    private long since;

    /**
     * @param random must not be guessed by others
     * @param nanos a clock that only goes forward
     */
    TokenIssuer(RandomGenerator random, LongSupplier nanos) {
        this.random = random;
        this.nanos = nanos;
        current = secret();
        before = secret();
        since = nanos.getAsLong();
    }

    private byte[] secret() {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return secret;
    }

    /** What somebody at {@code address} must bring to write under {@code key}. */
    Octets issue(InetAddress address, DhtId key) {
        rotate();
        return token(current, address, key);
    }

    /** Whether {@code token} was given out lately to {@code address} for {@code key}. */
    boolean accepts(Octets token, InetAddress address, DhtId key) {
        rotate();
        byte[] brought = token.bytes();
        return MessageDigest.isEqual(token(current, address, key).bytes(), brought)
                || MessageDigest.isEqual(token(before, address, key).bytes(), brought);
    }

    private void rotate() {
        long age = nanos.getAsLong() - since;
        if (age < ROTATION.toNanos()) {
            return;
        }
        boolean lately = age < 2 * ROTATION.toNanos();
        before = lately ? current : secret();
        current = secret();
        // By the clock, not by when somebody comes: else the secret before would be good for longer than it should.
        since += lately ? ROTATION.toNanos() : age;
    }

    private static Octets token(byte[] secret, InetAddress address, DhtId key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            // The key's length is fixed, so no address and key look like others.
            mac.update(key.bytes());
            return Octets.of(Arrays.copyOf(mac.doFinal(address.getAddress()), TOKEN_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
