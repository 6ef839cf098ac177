// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/** What the process that {@code guix-daemon} starts does when no node answers it (docs/bridge-protocol.md). */
public enum Fallback {
    /** Hand the request to Guix's own substituter. */
    BUILTIN,
    /** Answer {@code not-found}. */
    NONE
}
