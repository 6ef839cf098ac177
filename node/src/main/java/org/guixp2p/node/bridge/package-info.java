/**
 * The node's end of docs/bridge-protocol.md: the Unix socket on which the processes that {@code guix-daemon} starts ask for
 * substitutes.
 *
 * <p>{@link org.guixp2p.node.bridge.BridgeServer} owns the socket; each connection is a
 * {@link org.guixp2p.node.bridge.BridgeSession}, whose blocking reads and writes live on virtual threads of its own.
 */
@NullMarked
package org.guixp2p.node.bridge;

import org.jspecify.annotations.NullMarked;
