// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import java.util.Collection;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.PublicKey;

/**
 * What strangers may learn: a build is public when a key whose owner publishes to the world has signed the same path
 * with the same NarHash. A local build of a public path that came out differently is private.
 */
public final class PublicGate {
    private final Acl publicKeys;

    /**
     * A gate that these keys open.
     *
     * @param publicKeys those whose signatures make an item public, not the ACL: a key that is trusted at home may sign
     *        what nobody else should hear of
     */
    public PublicGate(Collection<? extends PublicKey> publicKeys) {
        this.publicKeys = Acl.of(publicKeys);
    }

    /** Whether {@code proof} makes the build of {@code path} with {@code narHash} public. */
    public boolean isPublic(StorePath path, NarHash narHash, Narinfo proof) {
        return proof.narHash().equals(narHash)
                && NarinfoVerifier.verify(proof, publicKeys, path) instanceof Verdict.Valid;
    }

    /** Whether any of {@code proofs} does. */
    public boolean isPublic(StorePath path, NarHash narHash, Collection<Narinfo> proofs) {
        return proofs.stream().anyMatch(proof -> isPublic(path, narHash, proof));
    }
}
