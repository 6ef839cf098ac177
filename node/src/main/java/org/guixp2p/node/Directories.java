// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.discovery.Alarm;
import org.guixp2p.node.discovery.CompositeDirectory;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.persistence.reputation.Reputation;

/** Where a node finds providers that it is not connected to. */
final class Directories {
    /** What one that is near may take before one that is farther is asked too. */
    private static final Duration HEAD_START = Duration.ofMillis(50);

    private Directories() {}

    static ProviderDirectory of(List<ProviderDirectory> nearestFirst, ActorSystem<?> system, Reputation reputation) {
        return new CompositeDirectory(nearestFirst, HEAD_START, reputation, alarm(system));
    }

    private static Alarm alarm(ActorSystem<?> system) {
        return (delay, action) -> {
            Cancellable alarm = system.scheduler().scheduleOnce(delay, action, system.executionContext());
            return alarm::cancel;
        };
    }
}
