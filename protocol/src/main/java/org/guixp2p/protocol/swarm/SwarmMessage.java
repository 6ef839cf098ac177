// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.util.List;
import java.util.Set;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;

/**
 * What two peers say to each other (docs/wire-protocol.md). Requests carry a number that their answers repeat; either side
 * numbers its own.
 */
public sealed interface SwarmMessage {
    /** Blocks that may come unasked with the answer to a query. */
    int MAX_FIRST_BLOCKS = 4;
    /** NARs that one query may ask about. */
    int MAX_QUERIED = 64;
    /** Hashes in one page of a manifest. */
    int MAX_PAGE = 4096;

    /**
     * The first message of each side, once.
     *
     * @param version of the protocol
     * @param features names of what the side can do besides; unknown ones are passed over
     * @param agent program and version, for people
     * @param listenPort where it takes connections, on the address it is seen at; 0 when it takes none
     */
    record Hello(int version, Set<String> features, String agent, int listenPort) implements SwarmMessage {
        public Hello {
            features = Set.copyOf(features);
        }
    }

    /**
     * Who has these NARs? For each comes one {@link Offer} or {@link NotHere}. When there is one NAR only, the manifest's
     * first page and the first blocks may be asked for at once, so that a small NAR costs one round trip.
     *
     * @param nars 1 to {@link #MAX_QUERIED}
     * @param manifest whether the first page of the manifest is wanted
     * @param firstBlocks how many blocks are wanted from the first on, up to {@link #MAX_FIRST_BLOCKS}
     */
    record Query(long id, List<NarHash> nars, boolean manifest, int firstBlocks) implements SwarmMessage {
        public Query {
            nars = List.copyOf(nars);
        }
    }

    /**
     * This NAR is here.
     *
     * @param root of its manifest
     * @param complete whether the whole is here and had its NarHash: then the sender vouches for the root. Else it relays
     *        what it has and vouches for nothing
     * @param blocks of a relay: which blocks it has, bit 0 of byte 0 first; empty when complete
     */
    record Offer(long id, NarHash nar, NarSize size, Sha256 root, boolean complete,
            byte[] blocks) implements SwarmMessage {}

    /** This NAR is not here, or not for you. */
    record NotHere(long id, NarHash nar) implements SwarmMessage {}

    /** Wants the hashes of {@code count} blocks from {@code from} on, at most {@link #MAX_PAGE}. */
    record ManifestRequest(long id, NarHash nar, Sha256 root, int from, int count) implements SwarmMessage {}

    /** A page of a manifest: 32 bytes a block. */
    record ManifestPage(long id, int from, byte[] hashes) implements SwarmMessage {}

    /** Wants one block under a root. */
    record BlockRequest(long id, NarHash nar, Sha256 root, int index) implements SwarmMessage {}

    /**
     * A block, as it is in the NAR: compression is the codec's affair.
     *
     * @param id of the {@link BlockRequest}, or of the {@link Query} that asked for first blocks
     */
    record Block(long id, int index, byte[] bytes) implements SwarmMessage {}

    /**
     * A request that is not fulfilled.
     *
     * @param retryAfterMillis for {@link Reason#BUSY}: when to ask again; else 0
     */
    record Refused(long id, Reason reason, int retryAfterMillis) implements SwarmMessage {}

    /** Why a request is refused. */
    enum Reason {
        /** Too much to do; ask again later. */
        BUSY,
        /** It was here, but is no longer: not the sender's fault, and no reason to distrust it. */
        WITHDRAWN,
        /** It was never offered, or not under that root, or the request makes no sense. */
        UNKNOWN
    }

    /** The answer to this request is no longer wanted. */
    record Cancel(long id) implements SwarmMessage {}

    /** A relay has more blocks of this NAR now. */
    record Have(NarHash nar, Sha256 root, List<Integer> blocks) implements SwarmMessage {
        public Have {
            blocks = List.copyOf(blocks);
        }
    }

    /** Are you there? */
    record Ping(long id) implements SwarmMessage {}

    /** Yes. */
    record Pong(long id) implements SwarmMessage {}

    /** The last message of a side: why it hangs up. */
    record Goodbye(String reason) implements SwarmMessage {}
}
