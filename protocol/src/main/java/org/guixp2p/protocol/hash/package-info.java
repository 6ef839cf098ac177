/** Hashes as Guix writes them: SHA-256 in nix-base32 and hexadecimal. */
@NullMarked
package org.guixp2p.protocol.hash;

import org.jspecify.annotations.NullMarked;
