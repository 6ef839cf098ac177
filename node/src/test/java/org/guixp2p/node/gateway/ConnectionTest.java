// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionTest {
    private static final int MINUTES_BYTES = 1 << 17;

    private final ActorTestKit kit = ActorTestKit.create();

    @AfterEach
    void end() {
        kit.shutdownTestKit();
    }

    /** A "minute" of this test has 600 ms. */
    @Test
    void whoeverTakesTwoKilobytesASecondIsNotCutOff() {
        Connection connection = new Connection(new Clients(GatewaySettings.USUAL, System::nanoTime)
                .of(InetAddress.ofLiteral("192.0.2.1")), System::nanoTime);
        Flow<ByteString, ByteString, NotUsed> slow = Flow.of(ByteString.class)
                .throttle(MINUTES_BYTES, Duration.ofMillis(200), ByteString::size);
        List<ByteString> given = List.of(ByteString.fromArray(new byte[8 * MINUTES_BYTES]),
                ByteString.fromArray(new byte[MINUTES_BYTES]));
        int taken = Eventually.get(Source.from(given).via(connection.bounded(slow, Duration.ofMillis(600)))
                .runFold(0, (sum, bytes) -> sum + bytes.size(), kit.system()));
        assertEquals(9 * MINUTES_BYTES, taken);
    }
}
