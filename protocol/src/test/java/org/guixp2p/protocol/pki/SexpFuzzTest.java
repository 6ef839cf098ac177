// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.opentest4j.AssertionFailedError;

/** Any bytes either are an expression, which both printers keep, or are refused; and keys, ACLs, signatures likewise. */
class SexpFuzzTest {
    private static final Sha256 HASH = Sha256.hash(new byte[0]);

    @FuzzTest
    void expression(byte[] input) throws FormatException {
        Sexp sexp;
        try {
            sexp = Sexp.parse(input);
        } catch (FormatException e) {
            return;
        }
        if (!sexp.equals(Sexp.parse(sexp.canonical())) || !sexp.equals(Sexp.parse(sexp.advanced()))) {
            throw new AssertionFailedError("not the same after a round trip");
        }
        PublicKey key = PublicKey.of(sexp);
        SignatureStatus status = new GuixSignature(sexp).status(HASH, Acl.of(OfficialKeys.all()));
        if (status instanceof SignatureStatus.Valid || !key.equals(PublicKey.of(sexp))) {
            throw new AssertionFailedError("a signature out of nowhere, or a key that is not itself");
        }
    }

    @FuzzTest
    void acl(byte[] input) throws FormatException {
        Acl acl;
        try {
            acl = Acl.parse(input);
        } catch (FormatException e) {
            return;
        }
        if (!acl.keys().equals(Acl.parse(acl.encoded()).keys())) {
            throw new AssertionFailedError("not the same after a round trip");
        }
    }
}
