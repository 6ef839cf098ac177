// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.swarm.Swarm;

/** The node's top actors. */
record Actors(ActorSystem<?> system, ActorRef<Swarm.Command> swarm, ActorRef<Seeds.Command> seeds,
        ActorRef<Downloads.Command> downloads) {}
