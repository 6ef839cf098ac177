// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.concurrent.CompletionStage;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.identity.NodeIdentity;

/** Starts nodes. */
@FunctionalInterface
public interface NodeRuntime {
    /**
     * Starts a node and returns when it serves.
     *
     * @throws StartException when it cannot, for a reason that its user can mend: a port in use, an unwritable directory
     */
    Running start(NodeConfig config, NodeIdentity identity) throws StartException;

    /** A node that was started. */
    interface Running {
        /** Asks the node to finish what is under way, for at most 5 s, and to end. May be called again. */
        void stop();

        /** Completes when the node has ended: after {@link #stop}, or with the failure that ended it. */
        CompletionStage<?> whenEnded();
    }
}
