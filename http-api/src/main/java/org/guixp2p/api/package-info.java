/**
 * What the node shows of itself over HTTP, and lets its user change.
 *
 * <p>The routes read through {@link org.guixp2p.api.NodeView}, a port that the node implements; nothing here knows how the
 * node keeps its state. Reading is open to the users of the machine, so nothing secret may pass through that port. What changes
 * something goes through {@link org.guixp2p.api.NodeControls}, and only for whoever {@link org.guixp2p.api.WriteAccess} lets.
 */
@NullMarked
package org.guixp2p.api;

import org.jspecify.annotations.NullMarked;
