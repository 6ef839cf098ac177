// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.hash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Locale;

/** Any text is a hash in exactly one spelling of each kind, or refused. */
class HashFuzzTest {
    @FuzzTest
    void nixBase32(byte[] input) {
        String text = new String(input, UTF_8);
        for (int bytes : new int[]{0, 1, 20, 32}) {
            accepted(() -> NixBase32.decode(text, bytes)).ifPresent(decoded -> {
                check(decoded.length == bytes, "another length");
                check(NixBase32.encode(decoded).equals(text), "another spelling of the same bytes");
            });
        }
    }

    @FuzzTest
    void sha256(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> Sha256.parse(text)).ifPresent(hash -> {
            check(text.equals(hash.base32()) || text.toLowerCase(Locale.ROOT).equals(hash.hex()), "another spelling");
            same(hash, () -> Sha256.parse(hash.base32()));
            same(hash, () -> Sha256.parse(hash.hex()));
        });
    }
}
