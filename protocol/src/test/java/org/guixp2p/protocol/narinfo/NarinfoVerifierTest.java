// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.OfficialKeys;
import org.guixp2p.protocol.pki.PublicKey;
import org.guixp2p.protocol.pki.Sexp;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NarinfoVerifierTest {
    static final String HELLO = "narinfo/y0h4g6321gwygvwv47kr4bc8y0lf49fs.narinfo";
    static final String BY_RSA = "narinfo/y0h4g6321gwygvwv47kr4bc8y0lf49fs.signed-by-rsa.narinfo";
    static final String BY_SECOND = "narinfo/y0h4g6321gwygvwv47kr4bc8y0lf49fs.signed-by-second.narinfo";
    static final String OFFICIAL = "narinfo/official-bordeaux-hello-2.12.2.narinfo";

    static Narinfo fixture(String name) {
        return narinfo(Fixtures.text(name));
    }

    private static Narinfo narinfo(String text) {
        try {
            return NarinfoTest.parse(text);
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    static PublicKey key(String name) {
        try {
            return PublicKey.parse(Fixtures.bytes("keys/" + name + ".pub"));
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    static Acl acl() {
        try {
            return Acl.parse(Fixtures.bytes("keys/acl"));
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    private static Verdict verify(Narinfo narinfo) {
        return NarinfoVerifier.verify(narinfo, acl(), narinfo.path());
    }

    static Stream<String> publishersOwn() {
        return Fixtures.list("narinfo").stream()
                .filter(name -> !List.of(BY_RSA, BY_SECOND, OFFICIAL).contains(name));
    }

    @ParameterizedTest
    @MethodSource("publishersOwn")
    void whatTheAclsKeySignedIsValid(String name) {
        Verdict.Valid valid = assertInstanceOf(Verdict.Valid.class, verify(fixture(name)));
        assertEquals(key("publisher"), valid.narinfo().signer());
        assertEquals(fixture(name), valid.narinfo().narinfo());
    }

    @Test
    void anRsaKeySignsToo() {
        Narinfo narinfo = fixture(BY_RSA);
        Acl rsa = Acl.of(List.of(key("publisher"), key("rsa")));
        Verdict.Valid valid = assertInstanceOf(Verdict.Valid.class,
                NarinfoVerifier.verify(narinfo, rsa, narinfo.path()));
        assertEquals(key("rsa"), valid.narinfo().signer());
        assertInstanceOf(Verdict.UnauthorisedKey.class, verify(narinfo));
    }

    @Test
    void theOfficialServersSignatureVerifiesWithItsShippedKey() {
        Narinfo narinfo = fixture(OFFICIAL);
        Verdict verdict = NarinfoVerifier.verify(narinfo, Acl.of(OfficialKeys.all()), narinfo.path());
        VerifiedNarinfo verified = assertInstanceOf(Verdict.Valid.class, verdict).narinfo();
        assertEquals(OfficialKeys.all().getFirst(), verified.signer());
        assertEquals(Optional.of(new NarSize(282_616)), verified.signedNarSize());
        assertEquals("signed by Ed25519 key #7D602902D3A2DBB83F8A0FB98602A754C5493B0B778C8D1DD4E0F41DE14DE34F#",
                verdict.reason());
    }

    @Test
    void aKeyOutsideTheAclIsNamed() {
        Verdict verdict = verify(fixture(BY_SECOND));
        assertEquals(key("second"), assertInstanceOf(Verdict.UnauthorisedKey.class, verdict).key());
        assertTrue(verdict.reason().endsWith("signed by an unauthorised key: Ed25519 key"
                + " #A1458CCB2DD60DCA3E477BB67C0F2A0246C503E2BA1A1758EBE5B871A3C9ACA4#"), verdict.reason());
    }

    /** Flips every bit above the signature, one at a time. */
    @ParameterizedTest
    @ValueSource(strings = {HELLO, OFFICIAL})
    void anyChangeOfTheSignedPartIsNoticed(String name) {
        Acl both = Acl.of(Stream.concat(acl().keys().stream(), OfficialKeys.all().stream()).toList());
        byte[] whole = Fixtures.bytes(name);
        StorePath asked = fixture(name).path();
        int length = fixture(name).signedPart().length;
        int judged = 0;
        int refused = 0;
        for (int bit = 0; bit < 8 * length; bit++) {
            byte[] changed = whole.clone();
            changed[bit / 8] ^= (byte) (1 << (bit % 8));
            try {
                Verdict verdict = NarinfoVerifier.verify(Narinfo.parse(changed), both, asked);
                assertFalse(verdict instanceof Verdict.Valid, "bit " + bit);
                judged++;
            } catch (FormatException e) {
                refused++;
            }
        }
        assertEquals(8 * length, judged + refused);
        assertTrue(judged > length, "only " + judged + " changes were judged");
    }

    /**
     * Flips every bit of the signature itself. Some flips only spell the same expression differently, as a lower-case
     * hexadecimal digit or another blank, and must change nothing; all others must be noticed.
     */
    @ParameterizedTest
    @ValueSource(strings = {HELLO, BY_RSA})
    void anyChangeOfTheSignatureIsNoticed(String name) throws FormatException {
        Acl acl = Acl.of(List.of(key("publisher"), key("rsa")));
        String value = fixture(name).signature().orElseThrow();
        String base64 = value.substring(value.lastIndexOf(';') + 1);
        byte[] payload = Base64.getDecoder().decode(base64);
        Sexp original = Sexp.parse(payload);
        StorePath asked = fixture(name).path();
        String before = Fixtures.text(name).substring(0, Fixtures.text(name).indexOf(base64));
        int noticed = 0;
        for (int bit = 0; bit < 8 * payload.length; bit++) {
            byte[] changed = payload.clone();
            changed[bit / 8] ^= (byte) (1 << (bit % 8));
            Verdict verdict = NarinfoVerifier.verify(
                    narinfo(before + Base64.getEncoder().encodeToString(changed) + "\n"), acl, asked);
            if (verdict instanceof Verdict.Valid) {
                assertEquals(original, Sexp.parse(changed), "bit " + bit);
            } else {
                noticed++;
            }
        }
        assertTrue(noticed > 6 * payload.length, "only " + noticed + " changes were noticed");
    }

    @Test
    void aCanonicalPayloadIsAsGood() throws FormatException {
        String text = Fixtures.text(HELLO);
        String value = fixture(HELLO).signature().orElseThrow();
        byte[] canonical = NarinfoSignature.parse(value).signature().sexp().canonical();
        String replaced = text.replace(value, "1;elsewhere;" + Base64.getEncoder().encodeToString(canonical));
        assertInstanceOf(Verdict.Valid.class, verify(narinfo(replaced)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1;vm", "1;vm;", "2;vm;KA==", "x;vm;KA==", "1;vm;KA==", "1;vm;KCk=", "1;vm;*",
        "1;vm;KCk=;", "1;v m;KCk=", "01;vm;KCk=", "1;vm;KHNpZ25hdHVyZSk="})
    void signaturesThatCannotBeReadAreCorrupt(String value) {
        String text = Fixtures.text(HELLO).replace(fixture(HELLO).signature().orElseThrow(), value);
        Verdict verdict = verify(narinfo(text));
        assertInstanceOf(Verdict.Corrupt.class, verdict);
        assertTrue(verdict.reason().contains("corrupt signature: "));
    }

    @Test
    void overlongSignaturesAreCorrupt() {
        String value = "1;vm;" + "A".repeat(NarinfoSignature.MAX_LENGTH);
        String text = Fixtures.text(HELLO).replace(fixture(HELLO).signature().orElseThrow(), value);
        assertInstanceOf(Verdict.Corrupt.class, verify(narinfo(text)));
    }

    @Test
    void withoutSignatureThereIsNothingToVerify() {
        String text = Fixtures.text(HELLO);
        assertInstanceOf(Verdict.Unsigned.class, verify(narinfo(text.replaceFirst("Signature: .*\n", ""))));
        assertInstanceOf(Verdict.Unsigned.class, verify(narinfo(text.replaceFirst("Signature: ", "\nSignature: "))));
    }

    @Test
    void fieldsBelowTheSignatureDoNotCount() {
        String text = Fixtures.text(HELLO);
        String hash = "NarHash: sha256:1ydf2qjhyw4zg2w70nxl35j5r7v7w5qhrfhf4mwq8fr648fvfgr9\n";
        assertInstanceOf(Verdict.Unsigned.class, verify(narinfo(text.replace(hash, "") + hash)));
        String other = hash.replace("1ydf", "0ydf");
        Verdict.Valid valid = assertInstanceOf(Verdict.Valid.class, verify(narinfo(text + other)));
        assertEquals(fixture(HELLO).narHash(), valid.narinfo().narHash());
        assertInstanceOf(Verdict.HashMismatch.class, verify(narinfo(other + text)));
    }

    @Test
    void aSecondSignatureIsNotEvenLookedAt() {
        String text = Fixtures.text(HELLO);
        String good = "Signature: " + fixture(HELLO).signature().orElseThrow() + "\n";
        assertInstanceOf(Verdict.Corrupt.class, verify(narinfo(text.replace(good, "Signature: x\n" + good))));
        assertInstanceOf(Verdict.Valid.class, verify(narinfo(text.replace(good, good + "Signature: x\n"))));
    }

    @Test
    void theSignatureOfAnotherNarinfoIsAHashMismatch() {
        String other = fixture("narinfo/ak2kyp54m8559430clzlqz9b21rpcc91.narinfo").signature().orElseThrow();
        String text = Fixtures.text(HELLO).replace(fixture(HELLO).signature().orElseThrow(), other);
        Verdict verdict = verify(narinfo(text));
        assertInstanceOf(Verdict.HashMismatch.class, verdict);
        assertTrue(verdict.reason().endsWith("its signature belongs to another text"));
    }

    @Test
    void numbersOfAnotherSignatureAreInvalid() throws FormatException {
        String other = payload("narinfo/ak2kyp54m8559430clzlqz9b21rpcc91.narinfo");
        String mixed = payload(HELLO).replaceFirst("(?s)\\(sig-val.*\\(public-key",
                other.substring(other.indexOf("(sig-val"), other.indexOf("(public-key")) + "(public-key");
        String text = Fixtures.text(HELLO).replace(fixture(HELLO).signature().orElseThrow(),
                "1;vm;" + Base64.getEncoder().encodeToString(mixed.getBytes(ISO_8859_1)));
        assertInstanceOf(Verdict.Invalid.class, verify(narinfo(text)));
    }

    private static String payload(String name) throws FormatException {
        String value = fixture(name).signature().orElseThrow();
        return new String(NarinfoSignature.parse(value).signature().sexp().advanced(), ISO_8859_1);
    }

    @Test
    void aGoodNarinfoOfAnotherItemIsRefused() throws FormatException {
        Narinfo narinfo = fixture(HELLO);
        StorePath sibling = StorePath.parse("/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.2");
        Verdict verdict = NarinfoVerifier.verify(narinfo, acl(), sibling);
        assertEquals(new Verdict.WrongPath(sibling, narinfo.path()), verdict);
        assertEquals("narinfo of " + narinfo.path() + " where that of " + sibling + " was asked for", verdict.reason());
    }

    @Test
    void aMirrorsOwnNarinfoCountsWhenItSaysTheSame() {
        VerifiedNarinfo verified = assertInstanceOf(Verdict.Valid.class, verify(fixture(HELLO))).narinfo();
        assertTrue(verified.vouchesFor(fixture(BY_SECOND)));
        assertTrue(verified.vouchesFor(fixture(BY_RSA)));
        assertFalse(verified.vouchesFor(fixture(OFFICIAL)));
        assertFalse(verified.vouchesFor(
                narinfo(Fixtures.text(BY_SECOND).replace("NarSize: 127536", "NarSize: 127537"))));
    }

    @Test
    void aSizeBelowTheSignatureIsNotReported() {
        String text = new String(fixture(HELLO).signedOnly().raw(), UTF_8);
        VerifiedNarinfo signed = assertInstanceOf(Verdict.Valid.class, verify(narinfo(text))).narinfo();
        assertEquals(Optional.of(new NarSize(127_536)), signed.signedNarSize());
        Narinfo unsized = new NarinfoSignerTest.Unsized(signed).narinfo();
        VerifiedNarinfo verified = assertInstanceOf(Verdict.Valid.class, verify(unsized)).narinfo();
        assertEquals(Optional.of(new NarSize(7)), verified.narinfo().narSize());
        assertEquals(Optional.empty(), verified.signedNarSize());
    }

    @Test
    void anItemIsPublicByPathAndHashTogether() throws FormatException {
        Narinfo proof = fixture(OFFICIAL);
        PublicGate gate = new PublicGate(OfficialKeys.all());
        NarHash other = NarHash.parse("sha256:1ydf2qjhyw4zg2w70nxl35j5r7v7w5qhrfhf4mwq8fr648fvfgr9");
        assertTrue(gate.isPublic(proof.path(), proof.narHash(), proof));
        assertTrue(gate.isPublic(proof.path(), proof.narHash(), proof.signedOnly()));
        assertTrue(gate.isPublic(proof.path(), proof.narHash(), List.of(fixture(HELLO), proof)));
        assertFalse(gate.isPublic(proof.path(), other, proof));
        assertFalse(gate.isPublic(fixture(HELLO).path(), proof.narHash(), proof));
        assertFalse(gate.isPublic(fixture(HELLO).path(), fixture(HELLO).narHash(), fixture(HELLO)));
        assertFalse(gate.isPublic(proof.path(), proof.narHash(), List.of()));
        assertFalse(new PublicGate(List.of()).isPublic(proof.path(), proof.narHash(), proof));
    }

    /** Of some hundred thousand values one is taken for text by libgcrypt, as the hash is here. */
    @Test
    void aValueThatWasWrittenAsTextIsAsGood() throws FormatException {
        Narinfo narinfo = Narinfo.parse(Fixtures.bytes("value-as-text/narinfo"));
        Acl acl = Acl.of(List.of(PublicKey.parse(Fixtures.bytes("value-as-text/signing-key.pub"))));
        assertInstanceOf(Verdict.Valid.class, NarinfoVerifier.verify(narinfo, acl, narinfo.path()));
    }
}
