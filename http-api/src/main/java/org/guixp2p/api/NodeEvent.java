// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Something that has happened in the node. Its type is the record's name in lower case with hyphens, such as
 * {@code peer-connected}; its topic that of the interface that it implements. Peers are named by their ids in nix-base32, NARs by
 * {@code sha256:} and the hash in nix-base32, items by their full paths. No text is longer than {@link #MOST_TEXT}: what peers say may
 * be long.
 */
public sealed interface NodeEvent {
    /** In characters. */
    int MOST_TEXT = 300;

    /** What it has to do with: one of {@link #TOPICS}. */
    String topic();

    /** What happened: one of {@link #TYPES}. */
    default String type() {
        return typeOf(getClass());
    }

    /** The name of a type. */
    static String typeOf(Class<? extends NodeEvent> kind) {
        return EventTypes.nameOf(kind);
    }

    /** All topics, and all types. */
    List<String> TOPICS = List.of("peers", "discovery", "builds", "transfers", "seeds", "events");
    List<String> TYPES = kinds(NodeEvent.class).map(EventTypes::nameOf).sorted().toList();

    /** The records, however deep they are sealed. */
    static Stream<Class<?>> kinds(Class<?> sealed) {
        Class<?>[] permitted = sealed.getPermittedSubclasses();
        return permitted == null ? Stream.of(sealed) : Arrays.stream(permitted).flatMap(NodeEvent::kinds);
    }

    /** As much of a text as an event holds. */
    static String cut(String text) {
        return text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT - 1) + "…";
    }

    /** Who is connected. */
    sealed interface OfPeers extends NodeEvent {
        @Override
        default String topic() {
            return "peers";
        }
    }

    /**
     * Somebody is dialled.
     *
     * @param peerId who it is to be; null when anybody will do
     * @param address {@code HOST:PORT}
     */
    record PeerDialled(@Nullable String peerId, String address) implements OfPeers {}

    /** Nobody answered there, or not who was looked for, or he was connected already. */
    record DialFailed(@Nullable String peerId, String address, String reason) implements OfPeers {
        public DialFailed {
            reason = cut(reason);
        }
    }

    /**
     * A peer is connected.
     *
     * @param agent what it calls itself; not verified
     * @param light whether nothing but inventories is exchanged
     */
    record PeerConnected(String peerId, String address, String agent, boolean inbound,
            boolean light) implements OfPeers {
        public PeerConnected {
            agent = cut(agent);
        }
    }

    /** A peer has shown who it is, and was turned away. */
    record PeerRefused(String peerId, String address, String reason) implements OfPeers {
        public PeerRefused {
            reason = cut(reason);
        }
    }

    /** A peer is gone. */
    record PeerLost(String peerId, String address, String reason) implements OfPeers {
        public PeerLost {
            reason = cut(reason);
        }
    }

    /** A peer was caught out, and is refused for a while. */
    record PeerBanned(String peerId, long minutes, String reason) implements OfPeers {
        public PeerBanned {
            reason = cut(reason);
        }
    }

    /** Who has what. */
    sealed interface OfDiscovery extends NodeEvent {
        @Override
        default String topic() {
            return "discovery";
        }
    }

    /** Providers of a NAR are looked for that are not connected. */
    record LookupStarted(String narHash) implements OfDiscovery {}

    /**
     * That is over.
     *
     * @param how {@code enough}, {@code exhausted}, {@code late}, {@code cancelled} or {@code failed}
     * @param providers how many were found
     */
    record LookupEnded(String narHash, String how, int providers, double seconds) implements OfDiscovery {}

    /** Others are told from now on that a NAR, or a part of it, is here. */
    record AnnouncementStarted(String narHash, boolean whole) implements OfDiscovery {}

    /** They are not told any more. */
    record AnnouncementWithdrawn(String narHash, boolean whole) implements OfDiscovery {}

    /**
     * An announcement in the DHT is over, in one address family; it is made again after a while.
     *
     * @param narHash what is announced; null for the key under which all nodes meet
     * @param key what it is announced under, in hexadecimal: of a NAR, a hash of its hash; docs/wire-protocol.md, "Keys in the DHT"
     * @param keptBy how many nodes have taken it
     * @param asked how many were asked to
     */
    record AnnouncementEnded(@Nullable String narHash, String key, int keptBy, int asked) implements OfDiscovery {}

    /** What is known of builds. */
    sealed interface OfBuilds extends NodeEvent {
        @Override
        default String topic() {
            return "builds";
        }
    }

    /** A trusted narinfo names a build that was not heard of lately. */
    record BuildSeen(String storePath, String narHash) implements OfBuilds {}

    /**
     * A narinfo has come whose signature counts.
     *
     * @param server the URL of who gave it, or {@code peers}
     */
    record MetadataTrusted(String storePath, String narHash, String server) implements OfBuilds {
        public MetadataTrusted {
            server = cut(server);
        }
    }

    /** A narinfo came that does not count. */
    record MetadataRefused(String storePath, String server, String reason) implements OfBuilds {
        public MetadataRefused {
            server = cut(server);
            reason = cut(reason);
        }
    }

    /** Downloads; {@code transfer} is the number that {@link TransferStatus} and {@link BuildStatus} give. */
    sealed interface OfTransfers extends NodeEvent {
        @Override
        default String topic() {
            return "transfers";
        }

        /** Which download. */
        long transfer();
    }

    /** Somebody has asked for a NAR, or it is fetched before somebody does. */
    record DownloadStarted(long transfer, String storePath, String narHash, long narBytes) implements OfTransfers {}

    /**
     * A download is at something else.
     *
     * @param phase as {@link TransferStatus#state}
     */
    record PhaseChanged(long transfer, String storePath, String phase) implements OfTransfers {}

    /**
     * Some blocks have come within about a second.
     *
     * @param source a peer id, the URL of a server, or {@code disk}
     * @param bytes of the NAR
     */
    record BlocksReceived(long transfer, String storePath, String source, long blocks,
            long bytes) implements OfTransfers {
        public BlocksReceived {
            source = cut(source);
        }
    }

    /** Blocks are asked for again: whoever owed them has not given them. */
    record BlocksRequeued(long transfer, String storePath, long blocks) implements OfTransfers {}

    /** A block of a peer's did not match the manifest that the peer stands for. */
    record CorruptBlock(long transfer, String storePath, String peerId, int block) implements OfTransfers {}

    /** What came was wrong, or nobody is left who has it: another root has its turn, or another kind of source. */
    record RootChanged(long transfer, String storePath, String reason) implements OfTransfers {
        public RootChanged {
            reason = cut(reason);
        }
    }

    /** Peers have come to nothing, and servers have their turn. */
    record FellBackToHttp(long transfer, String storePath, String reason) implements OfTransfers {
        public FellBackToHttp {
            reason = cut(reason);
        }
    }

    /** Servers have come to nothing, and peers have their turn. */
    record FellBackToPeers(long transfer, String storePath, String reason) implements OfTransfers {
        public FellBackToPeers {
            reason = cut(reason);
        }
    }

    /** All of a NAR is there, and has its hash. */
    record DownloadSucceeded(long transfer, String storePath, double seconds) implements OfTransfers {}

    /** A NAR did not come, or nobody wants it any more. */
    record DownloadFailed(long transfer, String storePath, double seconds, String reason) implements OfTransfers {
        public DownloadFailed {
            reason = cut(reason);
        }
    }

    /** What is offered to others. */
    sealed interface OfSeeds extends NodeEvent {
        @Override
        default String topic() {
            return "seeds";
        }
    }

    /** A NAR is offered to others that was not. */
    record SeedAdded(String narHash, long narBytes) implements OfSeeds {}

    /** A NAR is offered no more. */
    record SeedRemoved(String narHash) implements OfSeeds {}

    /**
     * Blocks of a NAR were given to others within about a second: to peers, and to clients of the gateway.
     *
     * @param blocks whole ones; of a NAR that passes through the gateway while it comes, none
     * @param bytes of the NAR, of blocks of middling size: the last one is smaller
     */
    record BlocksServed(String narHash, long blocks, long bytes) implements OfSeeds {}

    /**
     * More of a type happened at a time than are told of.
     *
     * @param omitted the type
     * @param count how many were passed over since this was told the last time
     */
    record EventsOmitted(String omitted, long count) implements NodeEvent {
        @Override
        public String topic() {
            return "events";
        }
    }
}
