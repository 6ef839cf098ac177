// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.bridge.Bridge;
import org.guixp2p.node.swarm.Swarm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final TestProbe<Bridge.Command> bridge = kit.createTestProbe();
    private final TestProbe<Swarm.Command> swarm = kit.createTestProbe();
    private final AtomicInteger ends = new AtomicInteger();

    @AfterEach
    void close() {
        kit.shutdownTestKit();
    }

    private ActorRef<Shutdown.Command> start() {
        ActorRef<Shutdown.Command> shutdown = kit
                .spawn(Shutdown.create(bridge.ref(), swarm.ref(), ends::incrementAndGet));
        assertEquals(new Bridge.Drain(Shutdown.REQUESTS_WITHIN), bridge.receiveMessage(PATIENCE));
        return shutdown;
    }

    @Test
    void requestsComeFirstThenPeers() {
        ActorRef<Shutdown.Command> shutdown = start();
        bridge.stop();
        assertEquals(new Swarm.Stop(Shutdown.ALL_WITHIN), swarm.receiveMessage(PATIENCE));
        assertEquals(0, ends.get());
        swarm.stop();
        kit.createTestProbe().expectTerminated(shutdown, PATIENCE);
        assertEquals(1, ends.get());
    }

    /** What does not end is cut, early enough for all else to be closed within 5 s. */
    @Test
    void whatDoesNotEndIsCut() {
        ActorRef<Shutdown.Command> shutdown = start();
        bridge.stop();
        swarm.receiveMessage(PATIENCE);
        time.timePasses(Duration.ofMillis(3500));
        kit.createTestProbe().expectTerminated(shutdown, PATIENCE);
        assertEquals(1, ends.get());
    }
}
