/**
 * The node's end of docs/bridge-protocol.md: the Unix socket on which the processes that {@code guix-daemon} starts ask for
 * substitutes.
 *
 * <p>{@link org.guixp2p.node.bridge.BridgeServer} owns the socket; {@link org.guixp2p.node.bridge.Bridge} has an actor for
 * each connection, whose blocking reads and writes live on virtual threads of their own.
 */
@NullMarked
package org.guixp2p.node.bridge;

import org.jspecify.annotations.NullMarked;
