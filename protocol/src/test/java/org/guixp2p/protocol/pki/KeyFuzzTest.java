// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.guixp2p.protocol.hash.Sha256;

/** Any bytes are a key that can do what it is for, or are refused. */
class KeyFuzzTest {
    private static final Sha256 HASH = Sha256.hash(new byte[]{1});

    @FuzzTest
    void publicKey(byte[] input) {
        accepted(() -> PublicKey.parse(input)).ifPresent(key -> {
            check(!(key instanceof UnsupportedPublicKey), "a key that nobody can use");
            same(key, () -> PublicKey.parse(key.encoded()));
            same(key, () -> PublicKey.parse(key.sexp().canonical()));
        });
    }

    @FuzzTest
    void signingKey(byte[] input) {
        accepted(() -> SigningKey.parse(input)).ifPresent(key -> {
            check(key.publicKey().verify(HASH, key.sign(HASH)), "its signature is not one of its public key");
            same(key.publicKey(), () -> SigningKey.parse(key.encoded()).publicKey());
        });
    }
}
