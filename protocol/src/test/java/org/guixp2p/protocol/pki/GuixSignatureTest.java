// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuixSignatureTest {
    private static final Sha256 HASH = Sha256.hash("hello".getBytes(ISO_8859_1));
    private static final Sha256 OTHER = Sha256.hash("hullo".getBytes(ISO_8859_1));
    private static final SigningKey KEY = SigningKeyTest.fixture("publisher");
    private static final Acl ACL = Acl.of(List.of(KEY.publicKey(), SigningKeyTest.fixture("rsa").publicKey()));
    private static final String TEXT = text(GuixSignature.sign(HASH, KEY).sexp());

    private static String text(Sexp sexp) {
        return new String(sexp.advanced(), ISO_8859_1);
    }

    private static SignatureStatus status(String text) throws FormatException {
        return new GuixSignature(Sexp.parse(text)).status(HASH, ACL);
    }

    private static String without(String part) {
        int start = TEXT.indexOf("(" + part);
        int depth = 0;
        int end = start;
        do {
            depth += TEXT.charAt(end) == '(' ? 1 : TEXT.charAt(end) == ')' ? -1 : 0;
            end++;
        } while (depth > 0);
        return TEXT.substring(0, start) + TEXT.substring(end);
    }

    @ParameterizedTest
    @ValueSource(strings = {"publisher", "rsa"})
    void whatIsSignedIsValidInEverySpelling(String name) throws FormatException {
        SigningKey key = SigningKeyTest.fixture(name);
        GuixSignature signature = GuixSignature.sign(HASH, key);
        for (byte[] spelling : List.of(signature.sexp().advanced(), signature.sexp().canonical())) {
            SignatureStatus status = new GuixSignature(Sexp.parse(spelling)).status(HASH, ACL);
            assertEquals(key.publicKey(), assertInstanceOf(SignatureStatus.Valid.class, status).signer());
        }
    }

    @Test
    void quotedAtomsAreTheSameAtoms() throws FormatException {
        assertInstanceOf(SignatureStatus.Valid.class,
                status(TEXT.replace("sha256", "\"sha256\"").replace("Ed25519", "7:Ed25519")));
    }

    @Test
    void leadingZerosOfRAndSDoNotMatter() throws FormatException {
        assertInstanceOf(SignatureStatus.Valid.class,
                status(TEXT.replace("(r #", "(r #0000").replace("(s #", "(s #00")));
    }

    @Test
    void partsThatAreMissingMakeItCorrupt() throws FormatException {
        assertInstanceOf(SignatureStatus.Corrupt.class, status(without("data")));
        assertInstanceOf(SignatureStatus.Corrupt.class, status(without("public-key")));
        assertInstanceOf(SignatureStatus.Corrupt.class, status("x"));
        assertInstanceOf(SignatureStatus.Corrupt.class, status(TEXT.replace("(signature", "(autograph")));
        assertInstanceOf(SignatureStatus.Corrupt.class, status(TEXT.replaceFirst("\\(sig-val", "(data) (sig-val")));
        assertInstanceOf(SignatureStatus.Corrupt.class, status(TEXT.replaceFirst("\\(sig-val", "* (sig-val")));
        assertInstanceOf(SignatureStatus.Invalid.class, status(without("sig-val")));
    }

    @Test
    void anUnknownKeyIsNamedBeforeAnythingElseIsLookedAt() throws FormatException {
        SigningKey second = SigningKeyTest.fixture("second");
        GuixSignature signature = GuixSignature.sign(OTHER, second);
        SignatureStatus status = signature.status(HASH, ACL);
        assertEquals(second.publicKey(), assertInstanceOf(SignatureStatus.UnauthorisedKey.class, status).key());
        assertInstanceOf(SignatureStatus.UnauthorisedKey.class,
                status(without("sig-val").replace("(q #2C", "(q #402C")));
    }

    @Test
    void aHashOfSomethingElseComesBeforeABadSignature() throws FormatException {
        assertInstanceOf(SignatureStatus.HashMismatch.class, GuixSignature.sign(OTHER, KEY).status(HASH, ACL));
        assertInstanceOf(SignatureStatus.HashMismatch.class, status(without("hash")));
        assertInstanceOf(SignatureStatus.HashMismatch.class, status(TEXT.replace("(hash sha256", "(hash")));
        assertInstanceOf(SignatureStatus.HashMismatch.class,
                status(TEXT.replace(HASH.hex().toUpperCase(Locale.ROOT), "00")));
        assertInstanceOf(SignatureStatus.HashMismatch.class,
                status(TEXT.replace("(flags rfc6979)", "(hash sha256 #00#) (flags rfc6979)")));
    }

    @Test
    void dataThatGuixWouldNotWriteIsInvalid() throws FormatException {
        assertInstanceOf(SignatureStatus.Invalid.class, status(TEXT.replace("rfc6979", "eddsa")));
        assertInstanceOf(SignatureStatus.Invalid.class, status(TEXT.replace("rfc6979", "pkcs1")));
        assertInstanceOf(SignatureStatus.Invalid.class, status(TEXT.replace("(hash sha256", "(hash sha512")));
        assertInstanceOf(SignatureStatus.Invalid.class, status(TEXT.replace("rfc6979)", "rfc6979) (value #00#)")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(sig-val)", "(sig-val (eddsa (r #01#) (s #01#)))", "(sig-val (ecdsa (r #01#)))",
        "(sig-val (ecdsa (r #01#) (s #01#) (t #01#)))", "(sig-val (ecdsa (r #01#) (r #01#)))",
        "(sig-val (ecdsa (r) (s #01#)))", "(sig-val (rsa (s #01#)))", "(sig-val (rsa (s #01#) (s #01#)))",
        "(sig-val (rsa (x #01#)))", "(sig-val ecdsa)", "(sig-val (ecdsa (r ##) (s ##)))",
        "(sig-val (ecdsa (r #01#) (s #01#)) (ecdsa (r #01#) (s #01#)))"})
    void valuesOfAnotherFormAreInvalid(String sigVal) throws FormatException {
        String text = without("sig-val").replaceFirst("\\(public-key", sigVal + "(public-key");
        assertInstanceOf(SignatureStatus.Invalid.class, status(text));
    }

    @Test
    void aKeyThatCannotBeCheckedIsInvalidAndSaysWhy() throws FormatException {
        Acl acl = AclTest.parse("(acl (entry (public-key (dsa (y #01#))) (tag (guix import))))");
        String text = without("public-key").stripTrailing();
        Sexp sexp = Sexp.parse(text.substring(0, text.length() - 1) + "(public-key (dsa (y #01#))))");
        SignatureStatus.Invalid invalid = assertInstanceOf(SignatureStatus.Invalid.class,
                new GuixSignature(sexp).status(HASH, acl));
        assertTrue(invalid.reason().contains("neither an ecc nor an rsa key"));
    }
}
