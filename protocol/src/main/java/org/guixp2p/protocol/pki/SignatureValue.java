// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/** The numbers of a signature: {@code (sig-val (ecdsa (r …) (s …)))} or {@code (sig-val (rsa (s …)))}. */
public sealed interface SignatureValue {
    /** Unsigned numbers of any size: whether they are in range is for the verification to say. */
    record Ecdsa(BigInteger r, BigInteger s) implements SignatureValue {}

    /**
     * An unsigned number of any size.
     *
     * @param length bytes that {@code s} is written in
     */
    record Rsa(BigInteger s, int length) implements SignatureValue {}

    /**
     * Reads the value of a {@code sig-val} list.
     *
     * @throws FormatException when it has another form
     */
    static SignatureValue of(Sexp.SexpList sigVal) throws FormatException {
        Optional<Sexp.SexpList> scheme = sigVal.size() == 2 ? sigVal.list(1) : Optional.empty();
        if (!sigVal.isNamed("sig-val") || scheme.isEmpty()) {
            throw new FormatException("signature: (sig-val (ecdsa …)) or (sig-val (rsa …)) expected");
        }
        Sexp.SexpList numbers = scheme.get();
        if (numbers.isNamed("ecdsa") && numbers.size() == 3) {
            return new Ecdsa(numbers.required("r").unsigned(), numbers.required("s").unsigned());
        }
        if (numbers.isNamed("rsa") && numbers.size() == 2) {
            Sexp.Atom s = numbers.required("s");
            return new Rsa(s.unsigned(), s.length());
        }
        throw new FormatException("signature: neither ecdsa with r and s nor rsa with s");
    }

    /** As libgcrypt writes it. */
    default Sexp.SexpList sexp() {
        Sexp.SexpList numbers = switch (this) {
            case Ecdsa(BigInteger r, BigInteger s) -> Sexp.list(Sexp.atom("ecdsa"), pair("r", BigNumbers.shortest(r)),
                    pair("s", BigNumbers.shortest(s)));
            case Rsa(BigInteger s, int length) -> Sexp.list(Sexp.atom("rsa"), pair("s", BigNumbers.fixed(s, length)));
        };
        return Sexp.list(Sexp.atom("sig-val"), numbers);
    }

    private static Sexp.SexpList pair(String name, byte[] value) {
        return Sexp.list(Sexp.atom(name), Sexp.atom(value));
    }
}
