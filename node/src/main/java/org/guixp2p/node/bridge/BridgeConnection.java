// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.nio.channels.SocketChannel;

/**
 * A restorer that has connected.
 *
 * @param closed to be run once the channel is closed: another may then connect in its place
 */
public record BridgeConnection(SocketChannel channel, Runnable closed) {}
