/**
 * Guix's public key infrastructure: whose signature on a substitute counts, and whether it holds.
 *
 * <p>Guix writes keys, signatures and the access-control list as libgcrypt s-expressions, and signs with ECDSA over the
 * twisted Edwards curve Ed25519, which is neither EdDSA nor anything that the Java platform knows; hence the curve is
 * here. RSA keys occur too. Verification works on public data and is as fast as it can be made; signing serves tests,
 * the demonstration and publishing, and takes no care of side channels: whoever can measure the time of a signature on
 * the same machine may learn the key.
 */
@NullMarked
package org.guixp2p.protocol.pki;

import org.jspecify.annotations.NullMarked;
