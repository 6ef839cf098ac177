// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.pki.GuixSignature;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;

/** Narinfos that {@code guix publish} does not make: the signature covers where the NAR is. */
final class SignedUrls {
    private SignedUrls() {}

    static byte[] sign(FixtureItems.Item item, String url, String compression) throws FormatException {
        String above = "StorePath: " + item.path().path() + "\nURL: " + url + "\nCompression: " + compression
                + "\nNarHash: " + item.hash() + "\nNarSize: " + item.size() + "\nReferences: \n";
        GuixSignature signature = GuixSignature.sign(Sha256.hash(above.getBytes(UTF_8)),
                SigningKey.parse(Fixtures.bytes("keys/publisher.sec")));
        return (above + "Signature: 1;test;" + Base64.getEncoder().encodeToString(signature.sexp().advanced()) + "\n")
                .getBytes(UTF_8);
    }
}
