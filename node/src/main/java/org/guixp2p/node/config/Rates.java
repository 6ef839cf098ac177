// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/**
 * The bounds on traffic, all in bytes per second.
 *
 * @param upload what is sent to all peers together
 * @param download what comes from all peers and servers together
 * @param uploadPerPeer what is sent to one peer
 * @param downloadPerPeer what comes from one peer; servers are none
 */
public record Rates(ByteRate upload, ByteRate download, ByteRate uploadPerPeer, ByteRate downloadPerPeer) {
    /** No bound at all. */
    public static final Rates UNLIMITED = new Rates(ByteRate.UNLIMITED, ByteRate.UNLIMITED, ByteRate.UNLIMITED,
            ByteRate.UNLIMITED);
}
