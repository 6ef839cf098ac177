// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.OfficialKeys;
import org.opentest4j.AssertionFailedError;

/** Any bytes either are a narinfo, which keeps its bytes and never verifies by chance, or are refused. */
class NarinfoFuzzTest {
    private static final Acl ACL = Acl.of(OfficialKeys.all());
    private static final Narinfo KNOWN = NarinfoVerifierTest.fixture(NarinfoVerifierTest.OFFICIAL);

    @FuzzTest
    void narinfo(byte[] input) {
        Narinfo narinfo;
        try {
            narinfo = Narinfo.parse(input);
        } catch (FormatException e) {
            return;
        }
        if (!Arrays.equals(input, narinfo.raw())) {
            throw new AssertionFailedError("the bytes were not kept");
        }
        Verdict verdict = NarinfoVerifier.verify(narinfo, ACL, narinfo.path());
        if (verdict instanceof Verdict.Valid && !Arrays.equals(narinfo.signedPart(), KNOWN.signedPart())) {
            throw new AssertionFailedError("a forged narinfo is valid: " + narinfo);
        }
        if (verdict.reason().indexOf('\n') >= 0) {
            throw new AssertionFailedError("a reason of several lines");
        }
        if (narinfo.isSigned()) {
            Narinfo kept = narinfo.signedOnly();
            // A signer may have put URLs above the signature too: those are signed.
            boolean signedSources = new String(narinfo.signedPart(), UTF_8).contains("URL:");
            if ((!kept.sources().isEmpty() && !signedSources)
                    || !Arrays.equals(kept.signedPart(), narinfo.signedPart())) {
                throw new AssertionFailedError("signedOnly changed what is signed");
            }
        }
    }
}
