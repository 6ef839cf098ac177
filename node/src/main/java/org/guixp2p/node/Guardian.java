// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The root of a node's actors. When one of the top ones fails, the whole node ends: it would go on without peers, or without
 * its daemon's requests, and nobody would know.
 */
final class Guardian {
    private Guardian() {}

    /**
     * The actor.
     *
     * @param failed is told why a top actor failed, before the actor system ends
     */
    static Behavior<SpawnProtocol.Command> create(Consumer<Throwable> failed) {
        return Behaviors.setup(context -> Behaviors.receive(SpawnProtocol.Command.class).onAnyMessage(command -> {
            if (command instanceof SpawnProtocol.Spawn<?> spawn) {
                start(context, spawn);
            }
            return Behaviors.same();
        }).onSignal(ChildFailed.class, failure -> {
            failed.accept(failure.getCause());
            return Behaviors.stopped();
        }).onSignal(Terminated.class, ended -> Behaviors.same()).build());
    }

    private static <T> void start(ActorContext<?> context, SpawnProtocol.Spawn<T> spawn) {
        ActorRef<T> child = context.spawn(spawn.behavior(), spawn.name(), spawn.props());
        context.watch(child);
        spawn.replyTo().tell(child);
    }
}
