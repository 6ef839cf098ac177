// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.stream.IntStream;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Test;

/** What is remembered of signatures is this one alone, and bounded. */
class KnownSignaturesTest {
    private static final Sha256 HASH = Sha256.hash(new byte[]{1});
    private static final Sha256 OTHER = Sha256.hash(new byte[]{2});

    private final KnownSignatures known = new KnownSignatures();

    private static SignatureValue.Ecdsa signature(long r, long s) {
        return new SignatureValue.Ecdsa(BigInteger.valueOf(r), BigInteger.valueOf(s));
    }

    @Test
    void oneThatWasGoodIsKnownAndNoOther() {
        known.add(HASH, signature(0x1234, 0x56));
        assertTrue(known.isKnown(HASH, signature(0x1234, 0x56)));
        assertFalse(known.isKnown(OTHER, signature(0x1234, 0x56)));
        assertFalse(known.isKnown(HASH, signature(0x12, 0x3456)), "the same bytes, divided otherwise");
        assertFalse(known.isKnown(HASH, signature(0x56, 0x1234)));
        assertFalse(known.isKnown(HASH, signature(-0x1234, 0x56)));
        assertFalse(known.isKnown(HASH, new SignatureValue.Ecdsa(BigInteger.TWO.pow(1_000_000), BigInteger.ONE)));
    }

    @Test
    void aLaterOneMayTakeThePlaceOfAnEarlierOne() {
        int all = 3 * KnownSignatures.PLACES;
        for (int i = 0; i < all; i++) {
            known.add(HASH, signature(i, 1));
            assertTrue(known.isKnown(HASH, signature(i, 1)));
        }
        long left = IntStream.range(0, all).filter(i -> known.isKnown(HASH, signature(i, 1))).count();
        assertTrue(left <= KnownSignatures.PLACES && left > KnownSignatures.PLACES / 2, left + " are left");
    }

    /** A key that has seen good ones says of bad ones what it said before. */
    @Test
    void whatIsBadStaysBad() {
        SigningKey signer = SigningKey.generate(new SecureRandom());
        PublicKey key = signer.publicKey();
        SignatureValue.Ecdsa good = (SignatureValue.Ecdsa) signer.sign(HASH);
        SignatureValue.Ecdsa bad = new SignatureValue.Ecdsa(good.r(), good.s().flipBit(3));
        for (int i = 0; i < 3; i++) {
            assertFalse(key.verify(HASH, bad));
            assertFalse(key.verify(OTHER, good));
            assertTrue(key.verify(HASH, good));
        }
        assertEquals(good, signer.sign(HASH));
    }
}
