// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;

/**
 * Which of a NAR's files to fetch. Guix takes the one that decompresses fastest when the CPU is the bottleneck, else the
 * smallest (Guix: {@code narinfo-best-uri}); which of the two it is follows here from an estimate.
 *
 * <p>A NAR is decompressed while it comes, so it takes as long as the slower of the two: the file's size over the
 * network's rate, or the NAR's size over the decompressor's. Where they come out alike the smaller file is taken. A
 * file's size that is not told is guessed from what the compression usually makes of a NAR. What the network brings is
 * what it brought from that server of files as large; from one that was not measured it is thought to be the usual.
 *
 * <p>A server that does not tell it has no such file: {@code guix publish} without a cache compresses while it sends. Then
 * the compressor may be the slowest of all, and lzip's is, by far.
 */
public final class NarRanking {
    /** A network of 100 Mbit/s: with it, zstd's fast files win; with less than half of that, lzip's small ones do. */
    public static final long USUAL_BYTES_PER_SECOND = 12_500_000;

    /** A larger NAR costs too much to find out with it what a server is like. */
    static final long EXPLORED_BYTES = 4L << 20;
    private static final double ALIKE = 0.05;
    private static final double MICROS = 1e6;

    /** What the network is thought to bring for one file. */
    private interface Network {
        /** Bytes a second, above zero. */
        double rate(NarOffer offer);
    }

    private NarRanking() {}

    /**
     * Best first; servers stay in their order.
     *
     * @param bytesPerSecond what the network is thought to bring, above zero
     */
    static List<NarOffer> rank(List<NarOffer> offers, NarSize narSize, long bytesPerSecond) {
        return byServer(offers, narSize, offer -> bytesPerSecond).values().stream().flatMap(List::stream).toList();
    }

    /** Best first: the server that should have given it soonest, and of each server the best file, as {@link Mirrors} knows them. */
    public static List<NarOffer> rank(List<NarOffer> offers, NarSize narSize, Mirrors mirrors) {
        Map<ServerUrl, List<NarOffer>> byServer = byServer(offers, narSize, network(narSize, mirrors));
        Map<ServerUrl, OptionalDouble> expected = new HashMap<>();
        byServer.forEach((server, own) -> expected.put(server, expectedSeconds(own.getFirst(), narSize, mirrors)));
        // A small NAR takes as long as its first byte, which is no reason to think that another one is quicker.
        double soonest = byServer.values().stream().map(List::getFirst)
                .flatMapToLong(offer -> mirrors.firstByteMicros(offer.server(), fileBytes(offer, narSize)).stream())
                .min()
                .orElse(0) / MICROS;
        return mirrors
                .order(List.copyOf(byServer.keySet()), server -> expected.getOrDefault(server, OptionalDouble.empty()),
                        server -> soonest + usualSeconds(byServer.getOrDefault(server, List.of()), narSize),
                        narSize.bytes() <= EXPLORED_BYTES)
                .stream().flatMap(server -> byServer.getOrDefault(server, List.of()).stream()).toList();
    }

    /** What one file should take, from the question to its last byte; empty when nothing was measured of its server lately. */
    static OptionalDouble expectedSeconds(NarOffer offer, NarSize narSize, Mirrors mirrors) {
        OptionalLong firstByte = mirrors.firstByteMicros(offer.server(), fileBytes(offer, narSize));
        return firstByte.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble
                        .of(firstByte.getAsLong() / MICROS + seconds(offer, narSize, network(narSize, mirrors)));
    }

    private static double usualSeconds(List<NarOffer> ofServer, NarSize narSize) {
        return ofServer.stream().mapToDouble(offer -> seconds(offer, narSize, any -> USUAL_BYTES_PER_SECOND)).min()
                .orElse(0);
    }

    private static Network network(NarSize narSize, Mirrors mirrors) {
        return offer -> mirrors.bytesPerSecond(offer.server(), fileBytes(offer, narSize))
                .orElse(USUAL_BYTES_PER_SECOND);
    }

    private static Map<ServerUrl, List<NarOffer>> byServer(List<NarOffer> offers, NarSize narSize, Network network) {
        Map<ServerUrl, List<NarOffer>> byServer = new LinkedHashMap<>();
        offers.forEach(offer -> byServer.computeIfAbsent(offer.server(), server -> new ArrayList<>()).add(offer));
        byServer.values().forEach(own -> {
            double least = own.stream().mapToDouble(offer -> seconds(offer, narSize, network)).min().orElseThrow();
            own.sort(Comparator
                    .comparingDouble((NarOffer offer) -> rounded(seconds(offer, narSize, network), least))
                    .thenComparingDouble(offer -> bytes(offer, narSize)));
        });
        return byServer;
    }

    private static double rounded(double seconds, double least) {
        return seconds <= least * (1 + ALIKE) ? least : seconds;
    }

    private static double seconds(NarOffer offer, NarSize narSize, Network network) {
        double fetching = Math.max(bytes(offer, narSize) / network.rate(offer),
                narSize.bytes() / rate(offer.compression()));
        return offer.fileSize().isPresent()
                ? fetching
                : Math.max(fetching, narSize.bytes() / compressionRate(offer.compression()));
    }

    /** As it is told, or guessed. Nobody vouches for what is told: whoever tells too little is not believed beyond a half. */
    static long fileBytes(NarOffer offer, NarSize narSize) {
        return Math.round(bytes(offer, narSize));
    }

    private static double bytes(NarOffer offer, NarSize narSize) {
        double usual = narSize.bytes() * ratio(offer.compression());
        double least = offer.compression() == Compression.NONE ? usual : usual / 2;
        return offer.fileSize().map(size -> Math.max((double) size.bytes(), least)).orElse(usual);
    }

    /** Bytes of NAR a second on one core of an ordinary machine. */
    private static double rate(Compression compression) {
        return switch (compression) {
            case NONE -> 2e9;
            case ZSTD -> 6e8;
            case GZIP -> 2e8;
            case LZIP -> 2e7;
        };
    }

    /** Bytes of NAR a second that {@code guix publish} compresses, at the level that it takes when none is named. */
    private static double compressionRate(Compression compression) {
        return switch (compression) {
            case NONE -> 2e9;
            case ZSTD -> 1.5e8;
            case GZIP -> 4e7;
            case LZIP -> 5e6;
        };
    }

    private static double ratio(Compression compression) {
        return switch (compression) {
            case NONE -> 1;
            case ZSTD -> 0.30;
            case GZIP -> 0.35;
            case LZIP -> 0.24;
        };
    }
}
