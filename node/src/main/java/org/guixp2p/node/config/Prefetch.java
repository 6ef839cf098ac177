// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/** What is fetched before {@code guix-daemon} asks for it; each has what those before it have. */
public enum Prefetch {
    /** Nothing. */
    OFF,
    /** The narinfos of what an item refers to. */
    METADATA,
    /** The NARs of what a client of the daemon's is about to substitute. */
    FULL
}
