// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.swarm.NarFile;
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

    /** A NAR that can be read. */
    sealed interface Opened {
        /** Runs once, and fails when not all can be had, or what was given turns out to be wrong. */
        Source<ByteString, NotUsed> bytes();

        /**
         * It is on its way here, and may end when it is not read within twice {@link GatewaySettings#placeWithin} of {@link
         * GatewaySettings#USUAL}.
         */
        record Coming(Source<ByteString, NotUsed> bytes) implements Opened {}

        /**
         * It lies here, and can wait.
         *
         * @param file opens it as one file, for whoever closes it, instead; empty when it does not lie here as one
         */
        record Held(Source<ByteString, NotUsed> bytes,
                Supplier<CompletionStage<Optional<NarFile>>> file) implements Opened {}
    }

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
