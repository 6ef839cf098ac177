// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.time.Instant;
import java.util.Map;

/**
 * An event as it is remembered.
 *
 * @param number grows with each event, also over restarts unless the clock is set back; no two of a run have the same
 * @param at when it happened
 */
public record EventRecord(long number, Instant at, NodeEvent event) {
    /** What answers have of it by their names there, but for what is null: its number, time, topic and type, and what its type has. */
    public Map<String, Object> members() {
        return Json.members(this);
    }
}
