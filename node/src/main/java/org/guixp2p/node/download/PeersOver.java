// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

/** Why peers came to nothing, for programs. */
public enum PeersOver {
    /** Strangers are not asked about it. */
    PRIVATE,
    /** Nobody was found who has it. */
    NO_PROVIDER,
    /** Fewer have it than are asked for. */
    TOO_FEW,
    /** Some had it, or said so, and it did not come. */
    FAILED,
    /** They bring it, but a server should have all of it here long before. */
    SLOWER
}
