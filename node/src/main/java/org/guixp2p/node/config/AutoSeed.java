// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/** Which downloads are kept and, when public, offered to others. */
public enum AutoSeed {
    /** None. */
    OFF,
    /** Those that came from peers. */
    P2P,
    /** Those that came from servers, too. */
    ALL
}
