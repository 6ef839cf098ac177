// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests of sessions with a node that is as they want it. */
abstract class SwarmFixture {
    static ActorTestKit kit;

    final SwarmNode.Setup setup = new SwarmNode.Setup();

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }
}
