// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;

/**
 * One frame of the swarm protocol, version 1 (docs/wire-protocol.md). Constructors reject what the protocol has no form for,
 * so whatever exists can be sent; {@link FrameDecoder} turns their refusals into format errors.
 */
public sealed interface SwarmMessage {
    /** The protocol version that this code speaks. */
    int VERSION = 1;
    /** The feature of a hello whose sender answers a {@link NarinfoRequest}. */
    String NARINFO = "narinfo";
    /** The feature of a hello whose sender wants {@link Peers}. */
    String PEERS = "peers";
    /** The feature of a hello whose sender answers a {@link DialBack}. */
    String DIAL_BACK = "dial-back";
    /** The feature of a hello whose sender takes {@link OfInventory} messages. */
    String INVENTORY = "inventory";
    /** The feature of a hello whose sender takes part in light sessions, in which nothing but inventories is exchanged. */
    String LIGHT = "light";

    /** The feature of a hello whose sender answers {@link Queries}. */
    String QUERIES = "queries";

    /** A message that belongs to a question. */
    sealed interface Numbered extends SwarmMessage {
        RequestId id();
    }

    /** A question; whoever gets it answers it once. */
    sealed interface Question extends Numbered {}

    /** An answer to a question with the same id. */
    sealed interface Answer extends Numbered {}

    /** A message that tells what its sender has. Only for a peer whose hello has the feature {@link #INVENTORY}. */
    sealed interface OfInventory extends SwarmMessage {}

    /**
     * The first frame, each way.
     *
     * @param version the highest that the sender speaks, at least 1
     * @param features names of what it can do besides; at most {@link #MAX_FEATURES}, each 1 to {@link #MAX_FEATURE_LENGTH}
     *         characters of {@code a-z 0-9 - .}
     * @param agent program and version, for people: up to {@link #MAX_AGENT_LENGTH} printable ASCII characters
     * @param listenPort the TCP port on which it accepts connections at the address that this connection comes from; 0: none
     * @param slots how many questions for blocks it keeps at a time; more are refused as busy
     * @param light whether the sender, if it has dialled, wants the session to be light: nothing but inventories
     */
    record Hello(int version, Set<String> features, String agent, int listenPort, int slots,
            boolean light) implements SwarmMessage {
        public static final int MAX_FEATURES = 32;
        public static final int MAX_FEATURE_LENGTH = 32;
        public static final int MAX_AGENT_LENGTH = 64;
        public static final int MAX_SLOTS = 65_535;

        public Hello {
            SortedSet<String> sorted = new TreeSet<>(features);
            Wire.range("version", version, 1, 65_535);
            Wire.range("number of features", sorted.size(), 0, MAX_FEATURES);
            sorted.forEach(Wire::feature);
            Wire.printable("agent", agent, MAX_AGENT_LENGTH);
            Wire.range("port", listenPort, 0, 65_535);
            Wire.range("slots", slots, 1, MAX_SLOTS);
            features = Collections.unmodifiableSortedSet(sorted);
        }

        /** For a full session. */
        public Hello(int version, Set<String> features, String agent, int listenPort, int slots) {
            this(version, features, agent, listenPort, slots, false);
        }

        /** The same, for a light session. */
        public Hello forLight() {
            return new Hello(version, features, agent, listenPort, slots, true);
        }
    }

    /**
     * The last frame; the sender closes the connection after it.
     *
     * @param detail for the other side's log: up to {@link #MAX_DETAIL_LENGTH} printable ASCII characters
     */
    record Goodbye(GoodbyeReason reason, String detail) implements SwarmMessage {
        public static final int MAX_DETAIL_LENGTH = 200;

        public Goodbye {
            Wire.printable("detail", detail, MAX_DETAIL_LENGTH);
        }

        /** Any text, with what the protocol does not carry replaced by question marks, and cut where it is too long. */
        public static Goodbye of(GoodbyeReason reason, String detail) {
            String printable = detail.replaceAll("[^ -~]", "?");
            return new Goodbye(reason, printable.substring(0, Math.min(printable.length(), MAX_DETAIL_LENGTH)));
        }
    }

    /** Asks for a {@link Pong} with the same nonce, from 0 to 2^63 − 1. */
    record Ping(long nonce) implements SwarmMessage {
        public Ping {
            Wire.range("nonce", nonce, 0, Long.MAX_VALUE);
        }
    }

    /** Answers a {@link Ping}. */
    record Pong(long nonce) implements SwarmMessage {
        public Pong {
            Wire.range("nonce", nonce, 0, Long.MAX_VALUE);
        }
    }

    /**
     * Who has these NARs? Each is answered by an {@link Offer} or a {@link NotHere}. With a single NAR, the first page of its
     * manifest and its first blocks may be asked for in the same frame: that page is then the answer to {@code id + 1}, block
     * {@code i} that to {@code id + 2 + i}, under the root of the offer, as if each had been asked by itself.
     *
     * @param nars 1 to {@link #MAX_NARS} different ones
     * @param firstPage whether the first page of the manifest is wanted too
     * @param firstBlocks how many blocks from the first on are wanted too; 0 to {@link #MAX_BLOCKS}
     */
    record Query(RequestId id, List<NarHash> nars, boolean firstPage, int firstBlocks) implements Question {
        public static final int MAX_NARS = 64;
        public static final int MAX_BLOCKS = 4;

        public Query {
            nars = List.copyOf(nars);
            Wire.range("number of NARs", nars.size(), 1, MAX_NARS);
            Wire.range("number of first blocks", firstBlocks, 0, MAX_BLOCKS);
            if (Set.copyOf(nars).size() != nars.size()) {
                throw new IllegalArgumentException("a NAR asked for twice");
            }
            if (nars.size() > 1 && (firstPage || firstBlocks > 0)) {
                throw new IllegalArgumentException("a manifest or blocks asked for with several NARs");
            }
        }

        /** The id under which the first page is answered. */
        public RequestId pageId() {
            return id.plus(1);
        }

        /** The id under which block {@code index} is answered. */
        public RequestId blockId(int index) {
            return id.plus(2 + index);
        }
    }

    /**
     * Several {@link Query} in one frame, each of one NAR and with ids of its own: each is answered as if it had been asked by
     * itself. Only for a peer whose hello has the feature {@link #QUERIES}.
     *
     * @param nars 1 to {@link #MAX_NARS} different ones
     * @param small whether of each NAR that has no more than one block the page of the manifest and the block are wanted too
     */
    record Queries(RequestId id, List<NarHash> nars, boolean small) implements Question {
        public static final int MAX_NARS = 64;
        /** How far the ids of one query are from those of the next. */
        public static final int IDS = 3;

        public Queries {
            nars = List.copyOf(nars);
            Wire.range("number of NARs", nars.size(), 1, MAX_NARS);
            if (Set.copyOf(nars).size() != nars.size()) {
                throw new IllegalArgumentException("a NAR asked for twice");
            }
        }

        /** Each by itself; what a {@link #small} one asks for besides is not there of a NAR of several blocks. */
        public List<Query> each() {
            return IntStream.range(0, nars.size())
                    .mapToObj(i -> new Query(id.plus(IDS * i), List.of(nars.get(i)), small, small ? 1 : 0)).toList();
        }
    }

    /**
     * The sender has this NAR.
     *
     * @param root names the manifest under which it serves blocks
     * @param holding what of it
     */
    record Offer(RequestId id, NarHash nar, NarSize narSize, Sha256 root, Holding holding) implements Answer {
        public Offer {
            if (holding instanceof Holding.Relay(BlockBits blocks)
                    && (blocks.end() > new BlockLayout(narSize).count())) {
                throw new IllegalArgumentException("a relay offers blocks that a NAR of " + narSize + " bytes has not");
            }
        }
    }

    /** The sender has not got this NAR, or not for whoever asks: the two must look the same. */
    record NotHere(RequestId id, NarHash nar) implements Answer {}

    /** Asks for a page of the manifest that {@code root} names. */
    record ManifestRequest(RequestId id, NarHash nar, Sha256 root, int page) implements Question {
        public ManifestRequest {
            Wire.range("page", page, 0, ManifestPage.MAX_PAGES - 1);
        }
    }

    /** A page of the manifest that was asked for. */
    record ManifestPart(RequestId id, ManifestPage page) implements Answer {}

    /**
     * Asks for a block, verified by the manifest that {@code root} names.
     *
     * @param prefixed whether the sender can read it behind its prefix: it has those blocks, or has asked for them here before.
     *         Not for the first block, which has none
     */
    record BlockRequest(RequestId id, NarHash nar, Sha256 root, int index, boolean prefixed) implements Question {
        public BlockRequest {
            Wire.range("block", index, 0, BlockLayout.MAX_BLOCKS - 1);
            Wire.prefixed(index, prefixed);
        }

        /** Asks for a block by itself. */
        public BlockRequest(RequestId id, NarHash nar, Sha256 root, int index) {
            this(id, nar, root, index, false);
        }
    }

    /** The block that was asked for. */
    record Block(RequestId id, int index, BlockPayload payload) implements Answer {
        public Block {
            Wire.range("block", index, 0, BlockLayout.MAX_BLOCKS - 1);
            Wire.prefixed(index, payload.encoding() == BlockPayload.Encoding.ZSTD_PREFIXED);
        }
    }

    /**
     * No page and no block for this question.
     *
     * @param retryAfter when asking again may help; whole milliseconds up to {@link #MAX_RETRY}, 0 when nothing is known
     */
    record Refused(RequestId id, RefusalReason reason, Duration retryAfter) implements Answer {
        public static final Duration MAX_RETRY = Duration.ofMinutes(10);

        public Refused {
            Wire.range("retry-after", retryAfter.toMillis(), 0, MAX_RETRY.toMillis());
            retryAfter = Duration.ofMillis(retryAfter.toMillis());
        }

        /** A refusal that says nothing about when to ask again. */
        public Refused(RequestId id, RefusalReason reason) {
            this(id, reason, Duration.ZERO);
        }
    }

    /** The answer to this question is no longer wanted; it may come all the same. */
    record Cancel(RequestId id) implements Numbered {}

    /** A relay tells which blocks it has by now; asked by nobody. */
    record Have(NarHash nar, Sha256 root, BlockBits blocks) implements SwarmMessage {}

    /**
     * The sender will tell which NARs it has, and forgets what it told before.
     *
     * @param key makes fingerprints of them
     */
    record Inventory(InventoryKey key) implements OfInventory {}

    /**
     * What has changed of an inventory, which begins with nothing in it.
     *
     * @param removed fingerprints of NARs that the sender told before and does not have any more
     * @param added fingerprints of NARs that it has besides
     */
    record InventoryChange(Fingerprints removed, Fingerprints added) implements OfInventory {}

    /**
     * Who has the signed narinfo of this item? Answered by a {@link SignedNarinfo} or a {@link NoNarinfo}. Only for a peer whose
     * hello has the feature {@link #NARINFO}.
     */
    record NarinfoRequest(RequestId id, ItemKey item) implements Question {}

    /**
     * The narinfo that was asked for: what is signed of it, and the signature.
     *
     * @param text 1 to {@link #MAX_TEXT} bytes; not copied
     */
    record SignedNarinfo(RequestId id, byte[] text) implements Answer {
        /** As much as fits into a control frame: some thousand references. */
        public static final int MAX_TEXT = 64_512;

        public SignedNarinfo {
            Wire.range("length of a narinfo", text.length, 1, MAX_TEXT);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof SignedNarinfo that && id.equals(that.id) && Arrays.equals(text, that.text);
        }

        @Override
        public int hashCode() {
            return 31 * id.hashCode() + Arrays.hashCode(text);
        }

        @Override
        public String toString() {
            return "SignedNarinfo[id=" + id + ", " + text.length + " bytes]";
        }
    }

    /**
     * Where the sender has connected to other peers, and not told before. Only for a peer whose hello has the feature
     * {@link #PEERS}.
     *
     * @param addresses 1 to {@link #MAX_ADDRESSES} different ones, each of an address that means one machine in the world or in a
     *         private network, and a port from {@link #FIRST_PORT} up
     */
    record Peers(List<PeerAddress> addresses) implements SwarmMessage {
        public static final int MAX_ADDRESSES = 50;
        /** Below are other services' ports, which nobody is to be made to dial. */
        public static final int FIRST_PORT = 1024;

        public Peers {
            addresses = List.copyOf(addresses);
            Wire.range("number of peers", addresses.size(), 1, MAX_ADDRESSES);
            addresses.forEach(Wire::told);
            if (Set.copyOf(addresses).size() != addresses.size()) {
                throw new IllegalArgumentException("a peer told twice");
            }
        }
    }

    /**
     * Asks to be dialled at the address that the sender is seen at, and to be told by {@link DialledBack} what came of that. Only
     * for a peer whose hello has the feature {@link #DIAL_BACK}.
     *
     * @param port from {@link Peers#FIRST_PORT} up
     */
    record DialBack(int port) implements SwarmMessage {
        public DialBack {
            Wire.range("port", port, Peers.FIRST_PORT, 65_535);
        }
    }

    /** Answers a {@link DialBack}. */
    record DialledBack(DialOutcome outcome) implements SwarmMessage {}

    /** The sender has no such narinfo, or not for whoever asks: the two must look the same. */
    record NoNarinfo(RequestId id) implements Answer {}
}
