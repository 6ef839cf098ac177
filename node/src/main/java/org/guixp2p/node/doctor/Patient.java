// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.time.Duration;
import java.util.Optional;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.setup.SystemRoot;

/**
 * The set-up that is looked at.
 *
 * @param root where the system's processes are found
 * @param node what the node that runs says of itself; empty when none does
 * @param patience for whatever is asked over a network
 */
public record Patient(NodeConfig config, Surroundings surroundings, SystemRoot root, Optional<RunningNode> node,
        Duration patience) {

    /** One whose node is asked, if there is one. */
    public static Patient of(NodeConfig config, Surroundings surroundings, SystemRoot root, Duration patience) {
        return new Patient(config, surroundings, root, RunningNode.find(config), patience);
    }
}
