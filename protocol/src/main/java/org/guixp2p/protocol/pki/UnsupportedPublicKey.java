// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import org.guixp2p.protocol.hash.Sha256;

/** The subject of an ACL entry or a signature that we cannot verify with; it still equals itself. */
public final class UnsupportedPublicKey implements PublicKey {
    private final Sexp sexp;
    private final String reason;

    UnsupportedPublicKey(Sexp sexp, String reason) {
        this.sexp = sexp;
        this.reason = reason;
    }

    @Override
    public Sexp sexp() {
        return sexp;
    }

    /** What is not supported about it, for a message. */
    public String reason() {
        return reason;
    }

    @Override
    public boolean verify(Sha256 hash, SignatureValue value) {
        return false;
    }

    @Override
    public String flag() {
        return "";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnsupportedPublicKey that && sexp.equals(that.sexp);
    }

    @Override
    public int hashCode() {
        return sexp.hashCode();
    }

    @Override
    public String toString() {
        return "unsupported key (" + reason + ")";
    }
}
