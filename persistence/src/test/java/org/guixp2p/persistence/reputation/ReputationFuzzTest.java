// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;

/** Any bytes are what was written, to the last one, or are refused. */
class ReputationFuzzTest {
    private static final List<String> MANIFESTS = List.of("succeeded-1", "failed-1", "corrupt-block-1",
            "vouched-wrongly-1", "malformed-1", "stalled-1", "connected-1", "dial-failed-1", "banned-1");

    @FuzzTest
    void event(byte[] input) {
        for (String manifest : MANIFESTS) {
            accepted(() -> EventCodec.decode(manifest, input)).ifPresent(event -> check(
                    Arrays.equals(input, EventCodec.encode(event)), "other bytes say the same"));
        }
    }

    @FuzzTest
    void snapshot(byte[] input) {
        accepted(() -> PeersSnapshot.decode(PeersSnapshot.MANIFEST, input)).ifPresent(peers -> check(
                Arrays.equals(input, peers.encode()), "other bytes say the same"));
    }
}
