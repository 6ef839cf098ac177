// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import java.util.Optional;
import org.guixp2p.protocol.item.StorePath;

/**
 * Answers of substitute servers by server and item. Safe for use by many threads; never throws for what goes wrong on
 * disk. Items are told apart by the hash part of their path alone, as servers tell them apart.
 */
public interface NarinfoCache {
    /** The longest narinfo that is kept, in bytes: one of more than 4,000 references; real ones have a few hundred. */
    int MAX_NARINFO_BYTES = 1 << 18;

    /** The server's last answer, whether it still holds or not; may block on the disk. */
    Optional<CachedAnswer> find(ServerUrl server, StorePath item);

    /** Keeps an answer in place of an earlier one, at best; may block on the disk. */
    void put(ServerUrl server, StorePath item, CachedAnswer answer);

    /** Drops an answer, so that the server is asked again; may block on the disk. */
    void forget(ServerUrl server, StorePath item);
}
