// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import org.guixp2p.api.NodeStatus;
import org.guixp2p.persistence.reputation.Standings;

/**
 * How the node stands at a moment.
 *
 * @param peers what is remembered of peers
 */
public record NodeState(NodeStatus status, Standings peers) {}
