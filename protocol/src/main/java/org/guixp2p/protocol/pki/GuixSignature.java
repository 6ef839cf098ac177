// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;

/**
 * {@code (signature (data (flags …) (hash sha256 #…#)) (sig-val …) (public-key …))} (Guix: {@code guix/pki.scm}).
 *
 * <p>Guix looks for the parts at any depth and takes the first of each; here they are direct items, each at most once,
 * with nothing beside them. What is found is judged in Guix's order.
 */
public record GuixSignature(Sexp sexp) {
    /** Signs a text with the SHA-256 {@code hash}, in the form that Guix itself writes. */
    public static GuixSignature sign(Sha256 hash, SigningKey key) {
        PublicKey publicKey = key.publicKey();
        Sexp data = Sexp.list(Sexp.atom("data"),
                Sexp.list(Sexp.atom("flags"), Sexp.atom(publicKey.flag())),
                Sexp.list(Sexp.atom("hash"), Sexp.atom("sha256"), Sexp.atom(hash.bytes())));
        return new GuixSignature(
                Sexp.list(Sexp.atom("signature"), data, key.sign(hash).sexp(), publicKey.sexp()));
    }

    private record Parts(Optional<Sexp.SexpList> data, Optional<Sexp.SexpList> sigVal,
            Optional<Sexp.SexpList> publicKey) {
        static Parts of(Sexp sexp) throws FormatException {
            if (!(sexp instanceof Sexp.SexpList list) || !list.isNamed("signature")) {
                throw new FormatException("(signature …) expected");
            }
            Parts parts = new Parts(list.find("data"), list.find("sig-val"), list.find("public-key"));
            if (parts.data.isEmpty() || parts.publicKey.isEmpty()) {
                throw new FormatException("no " + (parts.data.isEmpty() ? "data" : "public-key") + " stands in it");
            }
            if (list.size() != (parts.sigVal.isPresent() ? 4 : 3)) {
                throw new FormatException("more than data, sig-val and public-key stands in it");
            }
            return parts;
        }
    }

    /** Judges the signature as one of a text with the SHA-256 {@code hash}. */
    public SignatureStatus status(Sha256 hash, Acl acl) {
        Parts parts;
        try {
            parts = Parts.of(sexp);
        } catch (FormatException e) {
            return new SignatureStatus.Corrupt(String.valueOf(e.getMessage()));
        }
        Sexp.SexpList data = parts.data.orElseThrow();
        PublicKey claimed = PublicKey.of(parts.publicKey.orElseThrow());
        Optional<PublicKey> signer = acl.find(claimed);
        if (signer.isEmpty()) {
            return new SignatureStatus.UnauthorisedKey(claimed);
        }
        if (!isHashOf(data, hash)) {
            return new SignatureStatus.HashMismatch();
        }
        return check(data, parts.sigVal, hash, signer.get());
    }

    private static boolean isHashOf(Sexp.SexpList data, Sha256 hash) {
        try {
            Optional<Sexp.SexpList> list = data.find("hash");
            return list.isPresent() && list.get().size() == 3 && list.get().atom(1).isPresent()
                    && list.get().items().get(2).equals(Sexp.atom(hash.bytes()));
        } catch (FormatException e) {
            return false;
        }
    }

    private static SignatureStatus check(Sexp.SexpList data, Optional<Sexp.SexpList> sigVal, Sha256 hash,
            PublicKey signer) {
        Sexp expected = Sexp.list(Sexp.atom("data"), Sexp.list(Sexp.atom("flags"), Sexp.atom(signer.flag())),
                Sexp.list(Sexp.atom("hash"), Sexp.atom("sha256"), Sexp.atom(hash.bytes())));
        if (signer instanceof UnsupportedPublicKey other) {
            return new SignatureStatus.Invalid("cannot be checked: " + other.reason());
        }
        if (!data.equals(expected)) {
            return new SignatureStatus.Invalid("other data than (flags " + signer.flag() + ") and a sha256 hash");
        }
        if (sigVal.isEmpty()) {
            return new SignatureStatus.Invalid("no sig-val stands in it");
        }
        try {
            return signer.verify(hash, SignatureValue.of(sigVal.get()))
                    ? new SignatureStatus.Valid(signer)
                    : new SignatureStatus.Invalid("it was not made by " + signer);
        } catch (FormatException e) {
            return new SignatureStatus.Invalid(String.valueOf(e.getMessage()));
        }
    }
}
