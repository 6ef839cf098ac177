// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import org.guixp2p.api.NodeEvent;

/** Takes events. */
@FunctionalInterface
interface EventSink {
    /** It has happened just now. From any thread; does not block. */
    void publish(NodeEvent event);
}
