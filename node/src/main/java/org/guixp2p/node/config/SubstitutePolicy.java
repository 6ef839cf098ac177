// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/** In which order peers and substitute servers are asked for a NAR. Metadata may come from servers under each of them. */
public enum SubstitutePolicy {
    /** Peers alone; what they do not have is not found. */
    P2P_ONLY,
    /** Peers, then the servers for what peers do not have or fail to deliver. */
    P2P_FIRST,
    /** The servers, then peers for what the servers do not have or fail to deliver. */
    HTTP_FIRST
}
