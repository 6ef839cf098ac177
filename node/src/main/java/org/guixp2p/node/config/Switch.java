// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/** Whether something is done at all. */
public enum Switch {
    ON, OFF
}
