/**
 * What the node shows of itself over HTTP.
 *
 * <p>The routes read through {@link org.guixp2p.api.NodeView}, a port that the node implements; nothing here knows how the
 * node keeps its state. Reading is open to the users of the machine, so nothing secret may pass through the port.
 */
@NullMarked
package org.guixp2p.api;

import org.jspecify.annotations.NullMarked;
