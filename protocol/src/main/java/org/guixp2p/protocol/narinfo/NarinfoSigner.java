// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.pki.GuixSignature;
import org.guixp2p.protocol.pki.SigningKey;

/** Writes narinfos as {@code guix publish} does: with the same key and host, byte for byte the same. */
public final class NarinfoSigner {
    private final SigningKey key;
    private final String host;

    /**
     * A signer that signs with {@code key}.
     *
     * @param host what to call this machine in the signature; printable, without blanks and semicolons
     */
    public NarinfoSigner(SigningKey key, String host) {
        this.key = key;
        this.host = host;
    }

    /**
     * Signs {@code draft} and appends the files that hold the NAR.
     *
     * @throws IllegalArgumentException when the whole would be longer than {@link Narinfo#MAX_BYTES}
     */
    public Narinfo sign(NarinfoDraft draft, List<NarSource> sources) {
        String text = draft.text();
        GuixSignature signature = GuixSignature.sign(Sha256.hash(text.getBytes(StandardCharsets.UTF_8)), key);
        StringBuilder narinfo = new StringBuilder(text);
        narinfo.append("Signature: ").append(new NarinfoSignature(host, signature).value()).append('\n');
        sources.forEach(source -> narinfo.append(source.lines()));
        try {
            return Narinfo.parse(narinfo.toString().getBytes(StandardCharsets.UTF_8));
        } catch (FormatException e) {
            throw new IllegalArgumentException("no narinfo can be made of " + draft.path() + ": " + e.getMessage(), e);
        }
    }
}
