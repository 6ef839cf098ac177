// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.security.SecureRandom;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;

/**
 * A secret key that signs as {@code guix publish} does, bit by bit.
 *
 * <p>Signing takes a time that depends on the key: it is for tests, the demonstration and publishing from a machine that
 * its owner has to himself.
 */
public final class SigningKey {
    private static final int SCALAR_BYTES = 32;

    private final PublicKey publicKey;
    private final Sexp.SexpList sexp;
    private final BigInteger d;

    private SigningKey(PublicKey publicKey, Sexp.SexpList sexp, BigInteger d) {
        this.publicKey = publicKey;
        this.sexp = sexp;
        this.d = d;
    }

    /**
     * Reads a {@code signing-key.sec}: {@code (private-key (ecc (curve Ed25519) (q …) (d …)))} or
     * {@code (private-key (rsa (n …) (e …) (d …) (p …) (q …) (u …)))}.
     *
     * @throws FormatException when it is neither, or its public and secret parts do not belong together
     */
    public static SigningKey parse(byte[] text) throws FormatException {
        if (!(Sexp.parse(text) instanceof Sexp.SexpList list) || !list.isNamed("private-key") || list.size() != 2
                || list.list(1).isEmpty()) {
            throw new FormatException("signing key: (private-key (KIND …)) expected");
        }
        Sexp.SexpList parameters = list.list(1).get();
        BigInteger d = parameters.required("d").unsigned();
        SigningKey key = switch (PublicKey.of(publicPart(parameters))) {
            case EccPublicKey ecc -> {
                if (d.bitLength() > 8 * SCALAR_BYTES) {
                    throw new FormatException("signing key: d has more than 256 bits");
                }
                yield new SigningKey(ecc, list, d);
            }
            case RsaPublicKey rsa -> new SigningKey(rsa, list, d);
            case UnsupportedPublicKey other -> throw new FormatException("signing key: " + other.reason());
        };
        Sha256 probe = Sha256.hash(new byte[0]);
        if (d.signum() == 0 || !key.publicKey.verify(probe, key.sign(probe))) {
            throw new FormatException("signing key: its secret part does not belong to its public part");
        }
        return key;
    }

    /** A new Ed25519 key, clamped as libgcrypt's own are. */
    public static SigningKey generate(SecureRandom random) {
        byte[] bytes = new byte[SCALAR_BYTES];
        random.nextBytes(bytes);
        bytes[0] = (byte) ((bytes[0] & 0x7f) | 0x40);
        bytes[SCALAR_BYTES - 1] &= (byte) 0xf8;
        BigInteger d = new BigInteger(1, bytes);
        Sexp.SexpList curve = Sexp.list(Sexp.atom("curve"), Sexp.atom("Ed25519"));
        Sexp.SexpList q = Sexp.list(Sexp.atom("q"), Sexp.atom(Ecdsa25519.timesBase(d).encode()));
        Sexp.SexpList parameters = Sexp.list(Sexp.atom("ecc"), curve, q, Sexp.list(Sexp.atom("d"), Sexp.atom(bytes)));
        return new SigningKey(PublicKey.of(publicPart(parameters)), Sexp.list(Sexp.atom("private-key"), parameters), d);
    }

    private static Sexp.SexpList publicPart(Sexp.SexpList parameters) {
        boolean ecc = parameters.isNamed("ecc");
        Sexp[] kept = parameters.items().stream().filter(item -> !isSecret(item, ecc)).toArray(Sexp[]::new);
        return Sexp.list(Sexp.atom("public-key"), Sexp.list(kept));
    }

    private static boolean isSecret(Sexp item, boolean ecc) {
        return item instanceof Sexp.SexpList list && (list.isNamed("d")
                || (!ecc && (list.isNamed("p") || list.isNamed("q") || list.isNamed("u"))));
    }

    public PublicKey publicKey() {
        return publicKey;
    }

    /** The text of a {@code signing-key.sec}: a secret. */
    public byte[] encoded() {
        return sexp.advanced();
    }

    /** Signs a text with the SHA-256 {@code hash}; the same text always gives the same signature. */
    public SignatureValue sign(Sha256 hash) {
        return switch (publicKey) {
            case EccPublicKey ignored -> Ecdsa25519.sign(hash, d);
            case RsaPublicKey rsa -> {
                BigInteger n = rsa.modulus();
                BigInteger message = new BigInteger(1, Pkcs1.encode(hash, n));
                yield new SignatureValue.Rsa(message.modPow(d, n), Pkcs1.length(n));
            }
            case UnsupportedPublicKey ignored -> throw new IllegalStateException("no signing key is of another kind");
        };
    }

    /** Names the public key only. */
    @Override
    public String toString() {
        return "signing key of " + publicKey;
    }
}
