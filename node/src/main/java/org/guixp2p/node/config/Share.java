// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/** Who is offered what this node has. */
public enum Share {
    /** Nobody. */
    OFF,
    /** Peers on private and link-local addresses. */
    LAN,
    /** Everybody. */
    WORLD
}
