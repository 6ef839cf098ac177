// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicKeyTest {
    private static final Sha256 HASH = Sha256.hash("hello".getBytes(ISO_8859_1));
    private static final String Q = "2CD6F0A7FC5BCB3B78868A99749273BC540CFD12C7A96369AC9314BC6E79AFAC";
    private static final BigInteger ORDER = Ecdsa25519.ORDER;

    private static PublicKey parse(String text) throws FormatException {
        return PublicKey.parse(text.getBytes(ISO_8859_1));
    }

    private static PublicKey ecc(String q) throws FormatException {
        return parse("(public-key (ecc (curve Ed25519) (q #" + q + "#)))");
    }

    @Test
    void spellingDoesNotMatterButContentDoes() throws FormatException {
        PublicKey key = PublicKey.parse(Fixtures.bytes("keys/publisher.pub"));
        assertEquals(key, ecc(Q));
        assertEquals(key, PublicKey.parse(key.sexp().canonical()));
        assertEquals(key.hashCode(), ecc(Q).hashCode());
        assertNotEquals(key, ecc("40" + Q));
        assertNotEquals(key, parse("(public-key (ecc (q #" + Q + "#) (curve Ed25519)))"));
        assertNotEquals(key, PublicKey.parse(Fixtures.bytes("keys/second.pub")));
    }

    @Test
    void aPointMayBeMarkedAsCompressed() throws FormatException {
        SignatureValue value = SigningKeyTest.fixture("publisher").sign(HASH);
        assertTrue(ecc(Q).verify(HASH, value));
        assertTrue(ecc("40" + Q).verify(HASH, value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "(public-key)", "public-key", "(public-key ecc)", "(public-key (ecc) (ecc))",
        "(private-key (ecc (curve Ed25519) (q #00#)))", "(public-key (ecc (curve Ed25519)))",
        "(public-key (ecc (q #00#)))",
        "(public-key (ecc (curve Ed25519) (q #00#)))", "(public-key (ecc (curve Ed25519) (q)))",
        "(public-key (ecc (curve Ed25519) (q #40" + Q + "00#)))",
        "(public-key (ecc (curve Ed25519) (q #41" + Q + "#)))",
        "(public-key (ecc (curve \"NIST P-256\") (q #" + Q + "#)))",
        "(public-key (ecc (curve Ed25519) (flags eddsa) (q #" + Q + "#)))",
        "(public-key (ecc (curve Ed25519) (q #" + Q + "#) (q #" + Q + "#)))", "(public-key (dsa (y #01#)))",
        "(public-key (rsa (n #010001#) (e #03#)))", "(public-key (rsa (n #010001#)))", "(public-key (rsa (e #03#)))"})
    void whatIsNoUsableKeyIsRefused(String text) {
        assertThrows(FormatException.class, () -> parse(text));
    }

    @Test
    void pointsOffTheCurveOrOfSmallOrderAreRefused() throws FormatException {
        for (String q : List.of("02" + "00".repeat(31), "01" + "00".repeat(31), "00".repeat(32), "FF".repeat(32))) {
            assertThrows(FormatException.class, () -> ecc(q), q);
            PublicKey key = PublicKey.of(Sexp.parse("(public-key (ecc (curve Ed25519) (q #" + q + "#)))"));
            assertInstanceOf(EccPublicKey.class, key);
            assertFalse(key.verify(HASH, new SignatureValue.Ecdsa(BigInteger.ONE, BigInteger.ONE)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"(n #N#) (e #01#)", "(n #N#) (e #04#)", "(n #N#) (e #010000000000000001#)",
        "(n #E#) (e #03#)",
        "(n #N#) (e #03#) (d #05#)"})
    void unusableRsaNumbersAreRefused(String parameters) {
        String n = "C5" + "01".repeat(255);
        String text = "(public-key (rsa " + parameters.replace("N", n).replace("E", n.replaceFirst("1$", "2")) + "))";
        assertThrows(FormatException.class, () -> parse(text));
    }

    @Test
    void rsaModuliHaveALimit() throws FormatException {
        parse("(public-key (rsa (n #80" + "00".repeat(126) + "01#) (e #03#)))");
        assertThrows(FormatException.class,
                () -> parse("(public-key (rsa (n #7F" + "00".repeat(126) + "01#) (e #03#)))"));
        parse("(public-key (rsa (n #00FF" + "00".repeat(1022) + "01#) (e #03#)))");
        assertThrows(FormatException.class,
                () -> parse("(public-key (rsa (n #01FF" + "00".repeat(1022) + "01#) (e #03#)))"));
    }

    static Stream<SignatureValue.Ecdsa> outOfRange() {
        SignatureValue.Ecdsa good = (SignatureValue.Ecdsa) SigningKeyTest.fixture("publisher").sign(HASH);
        BigInteger r = good.r();
        BigInteger s = good.s();
        return Stream.of(new SignatureValue.Ecdsa(BigInteger.ZERO, s), new SignatureValue.Ecdsa(r, BigInteger.ZERO),
                new SignatureValue.Ecdsa(BigInteger.ZERO, BigInteger.ZERO), new SignatureValue.Ecdsa(r.add(ORDER), s),
                new SignatureValue.Ecdsa(r, s.add(ORDER)), new SignatureValue.Ecdsa(ORDER, s),
                new SignatureValue.Ecdsa(r, ORDER), new SignatureValue.Ecdsa(r, BigInteger.TWO.pow(4096)),
                new SignatureValue.Ecdsa(r.negate(), s));
    }

    @ParameterizedTest
    @MethodSource("outOfRange")
    void numbersOutOfRangeAreNoSignature(SignatureValue.Ecdsa value) throws FormatException {
        assertFalse(ecc(Q).verify(HASH, value));
    }

    @Test
    void rsaSignaturesMustBeExact() throws FormatException {
        SigningKey key = SigningKeyTest.fixture("rsa");
        SignatureValue.Rsa good = (SignatureValue.Rsa) key.sign(HASH);
        BigInteger n = ((RsaPublicKey) key.publicKey()).modulus();
        assertTrue(key.publicKey().verify(HASH, good));
        for (BigInteger s : List.of(good.s().add(BigInteger.ONE), good.s().add(n), n.subtract(good.s()),
                BigInteger.ZERO,
                BigInteger.ONE, n)) {
            assertFalse(key.publicKey().verify(HASH, new SignatureValue.Rsa(s, good.length())));
        }
    }

    @Test
    void aKeyKnowsOnlyItsOwnKindOfSignature() {
        SigningKey ecc = SigningKeyTest.fixture("publisher");
        SigningKey rsa = SigningKeyTest.fixture("rsa");
        assertFalse(ecc.publicKey().verify(HASH, rsa.sign(HASH)));
        assertFalse(rsa.publicKey().verify(HASH, ecc.sign(HASH)));
        assertFalse(PublicKey.of(Sexp.atom("x")).verify(HASH, ecc.sign(HASH)));
    }

    @Test
    void theOfficialKeysAreThoseOfTheFixtures() throws FormatException {
        assertEquals(List.of(PublicKey.parse(Fixtures.bytes("official-keys/bordeaux.guix.gnu.org.pub")),
                PublicKey.parse(Fixtures.bytes("official-keys/berlin.guix.gnu.org.pub"))), OfficialKeys.all());
        for (String name : Fixtures.list("official-keys")) {
            assertTrue(OfficialKeys.all().contains(PublicKey.parse(Fixtures.bytes(name))), name);
        }
    }

    @Test
    void keysNameThemselves() throws FormatException {
        assertEquals("Ed25519 key #" + Q + "#", ecc(Q).toString());
        assertEquals("RSA-2048 key #C5215CD57529032B…#", SigningKeyTest.fixture("rsa").publicKey().toString());
        assertEquals("unsupported key (neither an ecc nor an rsa key)",
                PublicKey.of(Sexp.parse("(public-key (dsa (y #01#)))")).toString());
    }
}
