// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SocketBytesTest {
    private static final String DIALLED = "0      0      [::ffff:127.0.0.1]:48946 [::ffff:127.0.0.1]:37477 cubic "
            + "wscale:10,10 rto:204 bytes_sent:120 bytes_retrans:20 bytes_acked:100 bytes_received:8384 segs_out:1";
    private static final String ACCEPTED = "8384   0      [::ffff:127.0.0.1]:37477 [::ffff:127.0.0.1]:48946 cubic "
            + "bytes_sent:8384 bytes_acked:8385 bytes_received:100";

    @Test
    void aConnectionIsCountedOnceWithoutWhatWasSentAgain() {
        assertEquals(Map.of("[::ffff:127.0.0.1]:48946 [::ffff:127.0.0.1]:37477", 8484L),
                SocketBytes.parse(List.of(DIALLED, ACCEPTED), Set.of(37_477)).byConnection());
    }

    @Test
    void othersDoNotCount() {
        assertEquals(Map.of(), SocketBytes.parse(List.of("", "nonsense", DIALLED, ACCEPTED), Set.of(1)).byConnection());
    }

    @Test
    void whatHasPassedSinceCountsNewConnectionsToo() {
        SocketBytes before = new SocketBytes(Map.of("a", 10L));
        assertEquals(OptionalLong.of(25), new SocketBytes(Map.of("a", 30L, "b", 5L)).since(before));
    }

    @Test
    void aConnectionThatHasEndedTakesItsCountAlong() {
        SocketBytes before = new SocketBytes(Map.of("a", 10L));
        assertEquals(OptionalLong.empty(), new SocketBytes(Map.of("b", 30L)).since(before));
    }
}
