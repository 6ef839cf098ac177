// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Locale;

/** Any text is an address, which survives its own text, or is refused. */
class AddressFuzzTest {
    @FuzzTest
    void peerAddress(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> PeerAddress.parse(text)).ifPresent(address -> {
            check(address.endpoint().port() > 0, "nobody listens on port 0");
            same(address, () -> PeerAddress.parse(address.toString()));
        });
    }

    @FuzzTest
    void hostAndPort(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> HostAndPort.parse(text)).ifPresent(endpoint -> {
            String host = endpoint.host();
            check(host.equals(host.toLowerCase(Locale.ROOT)) && host.length() <= HostAndPort.MAX_HOST_LENGTH,
                    "not one spelling");
            check(host.chars().allMatch(c -> c > ' ' && c < 0x7f && "/@%[]?#".indexOf(c) < 0), "not a host");
            same(endpoint, () -> HostAndPort.parse(endpoint.toString()));
        });
    }

    @FuzzTest
    void peerId(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> PeerId.parse(text)).ifPresent(id -> check(id.toString().equals(text), "another spelling"));
    }
}
