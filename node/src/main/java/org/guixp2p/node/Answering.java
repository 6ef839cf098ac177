// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.URI;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.guixp2p.node.bridge.Bridge;
import org.guixp2p.node.bridge.Walks;
import org.guixp2p.node.download.DownloadContext;
import org.guixp2p.node.download.KeptHere;
import org.guixp2p.node.download.ProviderChecks;
import org.guixp2p.node.events.ClaimWatcher;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.metadata.Metadata;

/** Those who answer the daemon's helpers. */
record Answering(NodeSubstitutes substitutes, Walks walks) {
    /**
     * Starts them.
     *
     * @param keptBack what is not for others
     * @param found for servers that are named for a question, those that nobody named and that are asked besides
     * @param claims hears what whoever asks is told
     */
    static Answering begin(DownloadContext downloads, KeptBack keptBack, CurrentPolicy policy, Metadata metadata,
            NodeSubstitutes.Servers servers, UnaryOperator<List<URI>> found, ClaimWatcher claims,
            MemoryShares memory, Actors actors, ActorSystem<SpawnProtocol.Command> system) {
        ActorRef<ProviderChecks.Command> checks = Actors.spawn(system,
                ProviderChecks.create(downloads, System::nanoTime), "provider-checks");
        NodeSubstitutes substitutes = new NodeSubstitutes(downloads.config(), keptBack, policy, metadata, servers,
                (nar, ahead) -> ProviderChecks.ask(checks, nar, ahead), actors, new KeptHere(downloads)::has, found,
                claims);
        metadata.watch(substitutes::expect);
        return new Answering(substitutes, FetchingAhead.begin(downloads, substitutes, memory, system));
    }

    /**
     * The actor that asks them.
     *
     * @param asked run for each command of the daemon's
     */
    Behavior<Bridge.Command> bridge(Runnable asked) {
        return Bridge.create(substitutes, walks, Version.AGENT, asked);
    }
}
