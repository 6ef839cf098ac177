// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;

/** Peers that pass on narinfos which others have signed. */
public interface PeerNarinfos {
    /** Nobody is asked. */
    PeerNarinfos NOBODY = (path, valid) -> CompletableFuture.completedFuture(Optional.empty());

    /**
     * Asks them for the narinfo of an item; never fails, and ends in time.
     *
     * @param valid whether one that came counts; may block
     * @return what is signed of the first that does, and its signature
     */
    CompletionStage<Optional<Narinfo>> ask(StorePath path, Predicate<Narinfo> valid);
}
