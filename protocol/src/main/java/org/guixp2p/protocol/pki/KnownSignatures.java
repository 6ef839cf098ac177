// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.guixp2p.protocol.hash.Sha256;

/**
 * Signatures that one key was found to have made: each narinfo of a closure is looked at several times, and what was good once is good
 * for ever. Each has one place, which a later one may take; all together take 600 kB at most. Safe for several threads.
 */
final class KnownSignatures {
    /** Enough for most of a closure of a few thousand items. */
    static final int PLACES = 8192;

    private final AtomicReferenceArray<Sha256> digests = new AtomicReferenceArray<>(PLACES);

    boolean isKnown(Sha256 hash, SignatureValue.Ecdsa signature) {
        Sha256 digest = digest(hash, signature);
        return digest.equals(digests.get(place(digest)));
    }

    /** It was verified, and is good. */
    void add(Sha256 hash, SignatureValue.Ecdsa signature) {
        Sha256 digest = digest(hash, signature);
        digests.set(place(digest), digest);
    }

    private static int place(Sha256 digest) {
        return Math.floorMod(digest.hashCode(), PLACES);
    }

    /** Of three numbers, each of which ends where it ends: the first has 32 bytes, and the others say how many they have. */
    private static Sha256 digest(Sha256 hash, SignatureValue.Ecdsa signature) {
        MessageDigest digest = Sha256.digest();
        digest.update(hash.bytes());
        update(digest, signature.r());
        update(digest, signature.s());
        return Sha256.finish(digest);
    }

    private static void update(MessageDigest digest, BigInteger number) {
        byte[] bytes = number.toByteArray();
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
    }
}
