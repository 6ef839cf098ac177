// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.guixp2p.persistence.narinfo.NarinfoCacheContract.HELLO;
import static org.guixp2p.persistence.narinfo.NarinfoCacheContract.SERVER;
import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/** Any file is what the cache wrote, to its last byte, or is refused; any text is a server in one spelling, or none. */
class CacheFuzzTest {
    @FuzzTest
    void entry(byte[] input) {
        accepted(() -> CacheEntry.decode(input, SERVER, HELLO)).ifPresent(answer -> check(
                Arrays.equals(input, CacheEntry.encode(SERVER, HELLO, answer)), "another file says the same"));
    }

    @FuzzTest
    void serverUrl(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> ServerUrl.parse(text)).ifPresent(server -> {
            same(server, () -> ServerUrl.parse(server.toString()));
            check(server.narinfo(HELLO).toString().equals(server + "/" + HELLO.hashPart() + ".narinfo"),
                    "its narinfos lie elsewhere");
        });
    }
}
