// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {
    private static final Sha256 HASH = Sha256.hash("hello".getBytes(ISO_8859_1));

    static SigningKey fixture(String name) {
        try {
            return SigningKey.parse(Fixtures.bytes("keys/" + name + ".sec"));
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"publisher", "second", "rsa"})
    void aSecretKeyHoldsItsPublicKey(String name) throws FormatException {
        SigningKey key = fixture(name);
        assertEquals(PublicKey.parse(Fixtures.bytes("keys/" + name + ".pub")), key.publicKey());
        assertArrayEquals(Fixtures.bytes("keys/" + name + ".pub"), key.publicKey().encoded());
        assertArrayEquals(Fixtures.bytes("keys/" + name + ".sec"), key.encoded());
        assertTrue(key.publicKey().verify(HASH, key.sign(HASH)));
        assertEquals(key.sign(HASH), key.sign(HASH));
    }

    @Test
    void generatedKeysSignAndAreReadBack() throws FormatException {
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < 10; i++) {
            SigningKey key = SigningKey.generate(random);
            SigningKey again = SigningKey.parse(key.encoded());
            assertEquals(key.publicKey(), again.publicKey());
            assertTrue(PublicKey.parse(key.publicKey().encoded()).verify(HASH, again.sign(HASH)));
            assertFalse(fixture("publisher").publicKey().verify(HASH, key.sign(HASH)));
        }
    }

    @Property(tries = 50)
    void whateverIsSignedVerifiesAndNothingElseDoes(@ForAll byte[] text, @ForAll byte[] other) {
        SigningKey key = fixture("publisher");
        Sha256 hash = Sha256.hash(text);
        SignatureValue.Ecdsa value = (SignatureValue.Ecdsa) key.sign(hash);
        assertTrue(key.publicKey().verify(hash, value));
        Sha256 otherHash = Sha256.hash(other);
        assertEquals(hash.equals(otherHash), key.publicKey().verify(otherHash, value));
        assertFalse(fixture("second").publicKey().verify(hash, value));
        assertFalse(key.publicKey().verify(hash, new SignatureValue.Ecdsa(value.s(), value.r())));
        assertFalse(key.publicKey().verify(hash,
                new SignatureValue.Ecdsa(value.r(), Ecdsa25519.ORDER.subtract(value.s()))));
    }

    @Test
    void rsaSignaturesAreThoseOfThePlatform() throws Exception {
        SigningKey key = fixture("rsa");
        Sexp.SexpList parameters = ((Sexp.SexpList) key.publicKey().sexp()).list(1).orElseThrow();
        BigInteger n = parameters.required("n").unsigned();
        BigInteger e = parameters.required("e").unsigned();
        Signature platform = Signature.getInstance("SHA256withRSA");
        platform.initVerify(KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(n, e)));
        platform.update("hello".getBytes(ISO_8859_1));
        SignatureValue.Rsa value = (SignatureValue.Rsa) key.sign(HASH);
        assertTrue(platform.verify(BigNumbers.fixed(value.s(), value.length())));
    }

    @Test
    void aSecretOfAnotherKeyIsRefused() {
        String mixed = Fixtures.text("keys/publisher.sec").replaceFirst("\\(d #[0-9A-F]+#\\)",
                "(d #443BB611B2F398551228FFFD089FA66B00E4B13159FB0714E183D202510BA978#)");
        FormatException refused = assertThrows(FormatException.class,
                () -> SigningKey.parse(mixed.getBytes(ISO_8859_1)));
        assertTrue(String.valueOf(refused.getMessage()).contains("does not belong"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "(private-key)", "(private-key ecc)", "(private-key (ecc (curve Ed25519) (d #01#)))",
        "(public-key (ecc (curve Ed25519) (q #00#)))", "(private-key (dsa (d #01#)))",
        "(private-key (ecc (curve Ed25519) (q #2CD6F0A7FC5BCB3B78868A99749273BC540CFD12C7A96369AC9314BC6E79AFAC#)))",
        "(private-key (ecc (curve Ed25519) (q #2CD6F0A7FC5BCB3B78868A99749273BC540CFD12C7A96369AC9314BC6E79AFAC#) (d #00#)))",
        "(private-key (ecc (curve Ed25519) (q #2CD6F0A7FC5BCB3B78868A99749273BC540CFD12C7A96369AC9314BC6E79AFAC#)"
                + " (d #010000000000000000000000000000000000000000000000000000000000000000#)))"})
    void whatIsNoSecretKeyIsRefused(String text) {
        assertThrows(FormatException.class, () -> SigningKey.parse(text.getBytes(ISO_8859_1)));
    }

    @Test
    void itsNameShowsNoSecret() {
        assertEquals("signing key of Ed25519 key #2CD6F0A7FC5BCB3B78868A99749273BC540CFD12C7A96369AC9314BC6E79AFAC#",
                fixture("publisher").toString());
    }
}
