// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.URI;

/** Any value of a field means what its own text says again, or is refused. */
class FieldFuzzTest {
    private static final URI SERVER = URI.create("http://server.example/base");

    @FuzzTest
    void narUrl(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> NarUrl.parse(text)).ifPresent(url -> {
            check(url.text().equals(text), "another text");
            accepted(() -> url.resolve(SERVER)).ifPresent(whole -> check(
                    whole.toString().equals(text) || whole.toString().equals(SERVER + "/" + text),
                    "neither its own nor below the server"));
        });
    }

    @FuzzTest
    void signature(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> NarinfoSignature.parse(text))
                .ifPresent(signature -> same(signature, () -> NarinfoSignature.parse(signature.value())));
    }
}
