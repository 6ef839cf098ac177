// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/** Has {@link Seeds} offer something no more. */
public sealed interface Withdrawal extends Seeds.Withdrawing {
    /**
     * A kept NAR is to be removed.
     *
     * @param evenInUse whether somebody may be reading it
     * @param answer completes with whether it is not offered any more: it still is when somebody reads it
     */
    record LetGo(NarHash hash, boolean evenInUse, CompletableFuture<Boolean> answer) implements Withdrawal {}

    /**
     * The user does not want an item to be offered any more that he had named.
     *
     * @param answer completes with whether it was offered by that name; it is not any more
     */
    record Unname(StorePath path, CompletableFuture<Boolean> answer) implements Withdrawal {}

    /**
     * An item that the user had named is found to be something else. A NAR that was kept is none the worse for it.
     *
     * @param hash what hashing it gave earlier
     */
    record DamagedItem(StorePath path, NarHash hash, String why) implements Withdrawal {}

    /**
     * A kept NAR is found to be something else. An item of the store with the same NAR is none the worse for it, nor is one that was kept
     * in its place since.
     */
    record DamagedKept(KeptNar nar, String why) implements Withdrawal {}

    /**
     * Has the store told of what is offered from elsewhere no more: it may have that NAR too, and then
     * {@link Seeds.OfferRegistered offers} it again.
     *
     * @param store does not block
     */
    record AlsoTell(Consumer<NarHash> store) implements Withdrawal {}
}
