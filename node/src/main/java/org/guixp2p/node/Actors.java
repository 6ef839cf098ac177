// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.swarm.Swarm;

/** The node's top actors. */
record Actors(ActorSystem<?> system, ActorRef<Swarm.Command> swarm, ActorRef<Seeds.Command> seeds,
        ActorRef<Downloads.Command> downloads) {
    /** Starts one more. */
    static <T> ActorRef<T> spawn(ActorSystem<SpawnProtocol.Command> system, Behavior<T> behavior, String name) {
        return AskPattern.<SpawnProtocol.Command, ActorRef<T>>ask(system,
                reply -> new SpawnProtocol.Spawn<>(behavior, name, Props.empty(), reply), Duration.ofSeconds(10),
                system.scheduler()).toCompletableFuture().join();
    }
}
