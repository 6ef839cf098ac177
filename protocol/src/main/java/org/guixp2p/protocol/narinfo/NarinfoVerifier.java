// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.GuixSignature;
import org.guixp2p.protocol.pki.SignatureStatus;

/** Decides whether a narinfo counts (Guix: {@code valid-narinfo?}, and the path besides). */
public final class NarinfoVerifier {
    private NarinfoVerifier() {}

    /** Judges {@code narinfo} as an answer to a question about {@code asked}. */
    public static Verdict verify(Narinfo narinfo, Acl acl, StorePath asked) {
        StorePath path = narinfo.path();
        if (!narinfo.isSigned()) {
            return new Verdict.Unsigned(path);
        }
        GuixSignature signature;
        try {
            signature = NarinfoSignature.parse(narinfo.signature().orElseThrow()).signature();
        } catch (FormatException e) {
            return new Verdict.Corrupt(path, String.valueOf(e.getMessage()));
        }
        return switch (signature.status(narinfo.signedHash(), acl)) {
            case SignatureStatus.Corrupt(var detail) -> new Verdict.Corrupt(path, detail);
            case SignatureStatus.UnauthorisedKey(var key) -> new Verdict.UnauthorisedKey(path, key);
            case SignatureStatus.HashMismatch() -> new Verdict.HashMismatch(path);
            case SignatureStatus.Invalid(var detail) -> new Verdict.Invalid(path, detail);
            case SignatureStatus.Valid(var signer) -> path.equals(asked)
                    ? new Verdict.Valid(new VerifiedNarinfo(narinfo, signer))
                    : new Verdict.WrongPath(asked, path);
        };
    }
}
