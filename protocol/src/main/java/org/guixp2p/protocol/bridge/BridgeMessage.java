// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

/** One frame of the bridge protocol, in either direction. */
public sealed interface BridgeMessage permits FromRestorer, FromNode {
    /** The version of the protocol that these types speak. */
    int VERSION = 1;

    /** How the frame is marked on the wire. */
    FrameType type();
}
