// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.time.Instant;

/**
 * An event as it is remembered.
 *
 * @param number grows with each event, also over restarts unless the clock is set back; no two of a run have the same
 * @param at when it happened
 */
public record EventRecord(long number, Instant at, NodeEvent event) {}
