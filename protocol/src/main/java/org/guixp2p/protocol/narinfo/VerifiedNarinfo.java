// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.pki.PublicKey;

/** A narinfo that a key of the ACL has signed, for the path that was asked for. Only {@link NarinfoVerifier} makes it. */
public final class VerifiedNarinfo {
    private final Narinfo narinfo;
    private final PublicKey signer;

    VerifiedNarinfo(Narinfo narinfo, PublicKey signer) {
        this.narinfo = narinfo;
        this.signer = signer;
    }

    /** The whole narinfo; what stands below its signature is as unverified as ever. */
    public Narinfo narinfo() {
        return narinfo;
    }

    public PublicKey signer() {
        return signer;
    }

    public StorePath path() {
        return narinfo.path();
    }

    public NarHash narHash() {
        return narinfo.narHash();
    }

    public List<StorePath> references() {
        return narinfo.references();
    }

    /** The NAR's size, when the signature covers it. */
    public Optional<NarSize> signedNarSize() {
        return narinfo.isNarSizeSigned() ? narinfo.narSize() : Optional.empty();
    }

    /** The derivation that was built, when the signature covers it. */
    public Optional<StorePath> signedDeriver() {
        return narinfo.isDeriverSigned() ? narinfo.deriver() : Optional.empty();
    }

    /**
     * Whether an unverified narinfo, of a mirror that signs with a key of its own or not at all, says the same and may
     * be used in this one's place to fetch from.
     */
    public boolean vouchesFor(Narinfo other) {
        return narinfo.isEquivalentTo(other);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerifiedNarinfo that && narinfo.equals(that.narinfo) && signer.equals(that.signer);
    }

    @Override
    public int hashCode() {
        return narinfo.hashCode();
    }

    @Override
    public String toString() {
        return narinfo + " signed by " + signer;
    }
}
