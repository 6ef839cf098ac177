// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;

/** What the gateway may give to whoever asks. Hash parts are 32 digits of nix-base32. */
public interface GatewayItems {
    /** Whether {@link #find} would ask nobody outside this machine. */
    CompletionStage<Boolean> isKnown(String hashPart);

    /** The item whose path has this hash part; empty when there is none that strangers may hear of. */
    CompletionStage<Optional<Item>> find(String hashPart);

    /** The same of what this node offers, which needs nobody else. */
    CompletionStage<Optional<Item>> offered(String hashPart);

    /**
     * The item's NAR from byte {@code from} on, as soon as its first byte is there, however long that takes; empty when nobody
     * has it.
     *
     * @param gone ends when nobody wants it any more: what was begun for it ends then, too
     */
    CompletionStage<Optional<Opened>> open(Item item, long from, CompletionStage<Done> gone);

    /** The same of what this node offers; empty when it does not any more. */
    CompletionStage<Optional<Opened>> openOffered(Item item, long from);

    /**
     * A NAR that can be read.
     *
     * @param bytes runs once, and fails when not all can be had, or what was given turns out to be wrong
     * @param isHeld whether it lies here, and can wait; else it is on its way here, and may end when it is not read within
     *     twice {@link GatewaySettings#placeWithin} of {@link GatewaySettings#USUAL}
     */
    record Opened(Source<ByteString, NotUsed> bytes, boolean isHeld) {}

    /**
     * Something that may be given.
     *
     * @param narinfo as somebody signed it
     * @param size of its NAR
     */
    record Item(Narinfo narinfo, NarSize size) {
        /** Its path. */
        public StorePath path() {
            return narinfo.path();
        }
    }
}
