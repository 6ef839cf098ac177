// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

/** What Guix's {@code signature-case} tells apart, in the order in which it looks. */
public sealed interface SignatureStatus {
    /** There is no {@code data} or no {@code public-key} in it. */
    record Corrupt(String reason) implements SignatureStatus {}

    /** The key is not one of the ACL's. */
    record UnauthorisedKey(PublicKey key) implements SignatureStatus {}

    /** It signs something else. */
    record HashMismatch() implements SignatureStatus {}

    /** The numbers do not make a signature of the hash by the key. */
    record Invalid(String reason) implements SignatureStatus {}

    /**
     * The key is authorised and has signed the hash.
     *
     * @param signer the ACL's key
     */
    record Valid(PublicKey signer) implements SignatureStatus {}
}
