// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

/** Whether somebody waits for an answer. */
public enum Urgency {
    /** Somebody waits: goes before everything that is not. */
    ASKED,
    /** Nobody waits yet: leaves room for what is asked. */
    AHEAD
}
