// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.ObjLongConsumer;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.StreamSubscriptionTimeoutTerminationMode;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.bridge.Substitutes;
import org.guixp2p.node.download.NarEvent;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.gateway.GatewayException;
import org.guixp2p.node.gateway.GatewayItems;
import org.guixp2p.node.gateway.GatewaySettings;
import org.guixp2p.node.metadata.AskedServers;
import org.guixp2p.node.metadata.HashParts;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.metadata.TrustedNarinfo;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.substituter.NixOptions;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.ItemKey;

/**
 * What the gateway gives: what this node offers, read from where it lies; everything else as the daemon's helpers get it. Strangers
 * may connect, so it is public, or offered because the user named it.
 */
final class GivenByGateway implements GatewayItems {
    private static final int HEAP_PARTS = 32;
    private static final long LEAST_BYTES = 9L << 19;
    private static final long MOST_BYTES = 64L << 20;
    private static final NixOptions NO_OPTIONS = NixOptions.parse("");
    /** Blocks read ahead for a client. */
    private static final int AHEAD = 2;
    /** Besides those, one is on its way to the client. */
    private static final long BYTES_EACH = (AHEAD + 1L) * BlockLayout.BLOCK_BYTES;
    /** Names that are remembered: 200 bytes each. */
    private static final int MOST_NAMES = 5_000;
    /** Who has opened a NAR reads on when it has a place, unless the machine is very busy. */
    private static final Duration READ_WITHIN = GatewaySettings.USUAL.placeWithin().multipliedBy(2);

    private final Metadata metadata;
    private final HashParts hashParts;
    private final List<URI> servers;
    private final Offers own;
    private final Substitutes substitutes;
    private final ObjLongConsumer<NarHash> given;
    private final ActorSystem<?> system;
    /** The one that was found longest ago first. */
    private final LinkedHashMap<String, StorePath> names = new LinkedHashMap<>();

    /**
     * @param servers substitute servers
     * @param own what lies here and may go to strangers
     * @param given hears how many bytes of NARs that are on their way here clients were given
     */
    GivenByGateway(Metadata metadata, List<URI> servers, Offers own, Substitutes substitutes,
            ObjLongConsumer<NarHash> given, ActorSystem<?> system) {
        this.metadata = metadata;
        this.hashParts = metadata.hashParts();
        this.servers = List.copyOf(servers);
        this.own = own;
        this.substitutes = substitutes;
        this.given = given;
        this.system = system;
    }

    /** What it takes of a heap of so many bytes, where there is a gateway: others have that much less. */
    static long memory(long heap) {
        return Math.clamp(heap / HEAP_PARTS, LEAST_BYTES, MOST_BYTES);
    }

    /** What of that is for narinfos. */
    static long pages(long memory) {
        return memory / 4;
    }

    /** How many NARs that lie here can be read at a time in the rest. */
    static int reading(long memory) {
        return (int) ((memory - pages(memory)) / BYTES_EACH);
    }

    @Override
    public CompletionStage<Boolean> isKnown(String hashPart) {
        return offered(hashPart).thenCompose(narinfo -> narinfo.isPresent()
                ? CompletableFuture.completedFuture(true)
                : hashParts.isAnswered(hashPart, servers));
    }

    @Override
    public CompletionStage<Optional<Item>> find(String hashPart) {
        return offered(hashPart).thenCompose(narinfo -> narinfo.isPresent()
                ? CompletableFuture.completedFuture(narinfo)
                : pathOf(hashPart).thenCompose(path -> path.isPresent()
                        ? looked(path.get())
                        : CompletableFuture.completedFuture(Optional.<Item>empty())));
    }

    @Override
    public CompletionStage<Optional<Item>> offered(String hashPart) {
        return own.narinfo(ItemKey.of(HashParts.unnamed(hashPart))).exceptionally(failure -> Optional.empty())
                .thenApply(text -> text.flatMap(GivenByGateway::parse).flatMap(GivenByGateway::item));
    }

    private static Optional<Narinfo> parse(byte[] text) {
        try {
            return Optional.of(Narinfo.parse(text));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Item> item(Narinfo narinfo) {
        return narinfo.narSize().filter(size -> size.bytes() >= NarRequest.SMALLEST_NAR)
                .map(size -> new Item(narinfo, size));
    }

    private CompletionStage<Optional<StorePath>> pathOf(String hashPart) {
        synchronized (names) {
            StorePath known = names.get(hashPart);
            if (known != null) {
                return CompletableFuture.completedFuture(Optional.of(known));
            }
        }
        return hashParts.pathOf(hashPart, servers).thenApply(found -> {
            found.ifPresent(path -> remember(hashPart, path));
            return found;
        });
    }

    private void remember(String hashPart, StorePath path) {
        synchronized (names) {
            names.put(hashPart, path);
            for (Iterator<StorePath> oldest = names.values().iterator(); names.size() > MOST_NAMES;) {
                oldest.next();
                oldest.remove();
            }
        }
    }

    /** Whether it is public may be known only when all servers have answered. */
    private CompletionStage<Optional<Item>> looked(StorePath path) {
        return metadata.lookup(path, AskedServers.ofNamed(servers))
                .thenCompose(found -> found.isEmpty() || found.get().isPublic()
                        ? CompletableFuture.completedFuture(found)
                        : metadata.lookupWhole(path, AskedServers.ofNamed(servers)))
                .thenCompose(found -> found.isPresent()
                        ? given(found.get())
                        : CompletableFuture.completedFuture(Optional.<Item>empty()));
    }

    private CompletionStage<Optional<Item>> given(TrustedNarinfo trusted) {
        return held(trusted.narinfo().narHash()).thenCompose(held -> held.isPresent()
                ? CompletableFuture.completedFuture(item(trusted.narinfo()))
                : trusted.isPublic()
                        ? promised(trusted)
                        : CompletableFuture.completedFuture(Optional.<Item>empty()));
    }

    /** What is not promised to the daemon is not promised to clients either, and of several builds of one path only that which is. */
    private CompletionStage<Optional<Item>> promised(TrustedNarinfo trusted) {
        return substitutes.lookup(List.of(trusted.path()), NO_OPTIONS).thenCompose(found -> {
            Optional<NarHash> nar = found.stream().findFirst().flatMap(GivenByGateway::narinfo).map(Narinfo::narHash);
            return nar.isEmpty() || nar.get().equals(trusted.narinfo().narHash())
                    ? CompletableFuture.completedFuture(nar.flatMap(same -> item(trusted.narinfo())))
                    : metadata.lookupWhole(trusted.path(), AskedServers.ofNamed(servers)).thenApply(whole -> whole
                            .filter(TrustedNarinfo::isPublic)
                            .filter(other -> other.narinfo().narHash().equals(nar.get()))
                            .flatMap(other -> item(other.narinfo())));
        });
    }

    private static Optional<Narinfo> narinfo(Substitutes.Available available) {
        byte[] text = new byte[available.narinfo().remaining()];
        available.narinfo().duplicate().get(text);
        return parse(text);
    }

    private CompletionStage<Optional<Offers.Offer>> held(NarHash nar) {
        return own.find(nar).thenApply(offer -> offer.filter(Offers.Offer::complete))
                .exceptionally(failure -> Optional.empty());
    }

    @Override
    public CompletionStage<Optional<Opened>> open(Item item, long from, CompletionStage<Done> gone) {
        return openOffered(item, from).thenCompose(held -> held.isPresent()
                ? CompletableFuture.completedFuture(held)
                : fetched(item, from, gone).thenApply(bytes -> bytes.map(Opened.Coming::new)));
    }

    @Override
    public CompletionStage<Optional<Opened>> openOffered(Item item, long from) {
        NarHash nar = item.narinfo().narHash();
        return held(item).thenApply(offer -> offer
                .<Opened>map(there -> new Opened.Held(blocks(nar, there, from), () -> own.file(nar, there.root()))));
    }

    private CompletionStage<Optional<Offers.Offer>> held(Item item) {
        return held(item.narinfo().narHash())
                .thenApply(offer -> offer.filter(there -> there.size().equals(item.size())));
    }

    private Source<ByteString, NotUsed> blocks(NarHash nar, Offers.Offer offer, long from) {
        BlockLayout layout = new BlockLayout(offer.size());
        int first = (int) (from / BlockLayout.BLOCK_BYTES);
        int skipped = (int) (from % BlockLayout.BLOCK_BYTES);
        return Source.range(first, layout.count() - 1)
                .mapAsync(AHEAD, block -> own.block(nar, offer.root(), block).thenApply(bytes -> {
                    ByteString all = ByteString.fromArrayUnsafe(bytes);
                    return block == first ? all.drop(skipped) : all;
                }));
    }

    private CompletionStage<Optional<Source<ByteString, NotUsed>>> fetched(Item item, long from,
            CompletionStage<Done> gone) {
        return substitutes.open(item.path(), NO_OPTIONS).thenCompose(opened -> {
            if (opened.isEmpty()) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            if (isOf(opened.get(), item)) {
                return begun(opened.get().nar().events(), from, gone)
                        .thenApply(begun -> begun.map(bytes -> bytes.map(some -> {
                            given.accept(item.narinfo().narHash(), some.size());
                            return some;
                        })));
            }
            // Else it would be kept for whoever reads it.
            opened.get().nar().release().run();
            return CompletableFuture.completedFuture(Optional.empty());
        });
    }

    /** Of one path there may be several builds, of the same size too, of which strangers may have the one and not the other. */
    private static boolean isOf(Substitutes.Opened opened, Item item) {
        ByteBuffer text = opened.item().narinfo().duplicate();
        byte[] narinfo = new byte[text.remaining()];
        text.get(narinfo);
        return opened.narBytes() == item.size().bytes()
                && parse(narinfo).filter(found -> found.narHash().equals(item.narinfo().narHash())).isPresent();
    }

    /** Until the first byte is handed on, it may begin again as often as it must, and nothing was promised. */
    private CompletionStage<Optional<Source<ByteString, NotUsed>>> begun(Source<NarEvent, NotUsed> events, long from,
            CompletionStage<Done> gone) {
        SharedKillSwitch end = KillSwitches.shared("gateway-nar");
        // A failure: what comes short of its end must not look whole.
        var _ = gone.thenRun(() -> end.abort(new GatewayException("nobody reads it any more")));
        Source<NarEvent, NotUsed> waiting = events.via(end.flow())
                .dropWhile(event -> event instanceof NarEvent.Restart);
        return waiting.prefixAndTail(1)
                .withAttributes(ActorAttributes.streamSubscriptionTimeout(READ_WITHIN,
                        StreamSubscriptionTimeoutTerminationMode.cancel()))
                .runWith(Sink.head(), system).thenApply(begun -> bytes(begun, from))
                .exceptionallyCompose(failure -> gone.toCompletableFuture().isDone()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : CompletableFuture.failedFuture(failure));
    }

    private static Optional<Source<ByteString, NotUsed>> bytes(Pair<List<NarEvent>, Source<NarEvent, NotUsed>> begun,
            long from) {
        if (begun.first().isEmpty() || !(begun.first().getFirst() instanceof NarEvent.Bytes)) {
            return Optional.empty();
        }
        return Optional.of(Source.lazySource(() -> {
            long[] skip = {from};
            return Source.from(begun.first()).concat(begun.second()).mapConcat(event -> bytes(event, skip));
        }).mapMaterializedValue(later -> NotUsed.getInstance()));
    }

    private static List<ByteString> bytes(NarEvent event, long[] skip) {
        return switch (event) {
            case NarEvent.Bytes(byte[] bytes, String _) -> {
                int skipped = (int) Math.min(skip[0], bytes.length);
                skip[0] -= skipped;
                yield skipped == bytes.length ? List.of() : List.of(ByteString.fromArrayUnsafe(bytes).drop(skipped));
            }
            case NarEvent.Done _ -> List.of();
            // What was sent cannot be taken back.
            case NarEvent.Restart _ -> throw new GatewayException("what was sent was wrong");
            case NarEvent.Failed(String reason) -> throw new GatewayException(reason);
        };
    }
}
