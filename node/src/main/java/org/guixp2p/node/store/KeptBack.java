// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/** Items of the store that the user does not want to be offered, also after a restart. What cannot be done fails, in words for people. */
public interface KeptBack {
    /** Keeps an item back; completes with its path, if the store has it and it was not kept back before. */
    CompletionStage<List<StorePath>> exclude(StorePath path);

    /** Keeps all items back that have this NAR; completes with their paths. */
    CompletionStage<List<StorePath>> exclude(NarHash nar);

    /** Keeps an item back no more. */
    CompletionStage<Void> include(StorePath path);
}
