// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.util.Optional;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/** Has signed narinfos of items that are offered. */
public interface NarinfoShelf {
    /** None at all. */
    NarinfoShelf EMPTY = (path, hash, kept) -> Optional.empty();

    /**
     * What peers may be given; blocks on the disk.
     *
     * @param hash of the NAR that is offered
     * @param kept the narinfo beside the NAR, if one is
     * @return what is signed of it, and the signature; nothing when none is here that makes the item public
     */
    Optional<byte[]> find(StorePath path, NarHash hash, Optional<byte[]> kept);
}
