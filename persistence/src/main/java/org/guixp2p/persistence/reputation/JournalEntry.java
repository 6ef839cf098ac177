// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

/** What the journal gives back. */
public sealed interface JournalEntry permits PeerEvent, JournalEntry.Unreadable {
    /**
     * An event that this version does not know, from a later one perhaps: skipped, so that the rest still counts.
     *
     * @param reason what was wrong with it
     */
    record Unreadable(String reason) implements JournalEntry {}
}
