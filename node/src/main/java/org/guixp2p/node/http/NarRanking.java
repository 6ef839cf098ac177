// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;

/**
 * Which of a NAR's files to fetch. Guix takes the one that decompresses fastest when the CPU is the bottleneck, else the
 * smallest (Guix: {@code narinfo-best-uri}); which of the two it is follows here from an estimate.
 *
 * <p>A NAR is decompressed while it comes, so it takes as long as the slower of the two: the file's size over the
 * network's rate, or the NAR's size over the decompressor's. Where they come out alike the smaller file is taken. A
 * file's size that is not told is guessed from what the compression usually makes of a NAR. The user's order of servers
 * counts for more than any of this.
 *
 * <p>A server that does not tell it has no such file: {@code guix publish} without a cache compresses while it sends. Then
 * the compressor may be the slowest of all, and lzip's is, by far.
 */
public final class NarRanking {
    /** A network of 100 Mbit/s: with it, lzip's small files win; with ten times that, zstd's fast ones do. */
    public static final long USUAL_BYTES_PER_SECOND = 12_500_000;

    private static final double ALIKE = 0.05;

    private NarRanking() {}

    /**
     * Best first; servers stay in their order.
     *
     * @param bytesPerSecond what the network is thought to bring, above zero
     */
    public static List<NarOffer> rank(List<NarOffer> offers, NarSize narSize, long bytesPerSecond) {
        Map<ServerUrl, List<NarOffer>> byServer = new LinkedHashMap<>();
        offers.forEach(offer -> byServer.computeIfAbsent(offer.server(), server -> new ArrayList<>()).add(offer));
        List<NarOffer> ranked = new ArrayList<>();
        byServer.values().forEach(own -> {
            double least = own.stream().mapToDouble(offer -> seconds(offer, narSize, bytesPerSecond)).min()
                    .orElseThrow();
            own.sort(Comparator
                    .comparingDouble((NarOffer offer) -> rounded(seconds(offer, narSize, bytesPerSecond), least))
                    .thenComparingDouble(offer -> fileBytes(offer, narSize)));
            ranked.addAll(own);
        });
        return ranked;
    }

    private static double rounded(double seconds, double least) {
        return seconds <= least * (1 + ALIKE) ? least : seconds;
    }

    private static double seconds(NarOffer offer, NarSize narSize, long bytesPerSecond) {
        double fetching = Math.max(fileBytes(offer, narSize) / bytesPerSecond,
                narSize.bytes() / rate(offer.compression()));
        return offer.fileSize().isPresent()
                ? fetching
                : Math.max(fetching, narSize.bytes() / compressionRate(offer.compression()));
    }

    private static double fileBytes(NarOffer offer, NarSize narSize) {
        return offer.fileSize().map(size -> (double) size.bytes())
                .orElseGet(() -> narSize.bytes() * ratio(offer.compression()));
    }

    /** Bytes of NAR a second on one core of an ordinary machine. */
    private static double rate(Compression compression) {
        return switch (compression) {
            case NONE -> 2e9;
            case ZSTD -> 6e8;
            case GZIP -> 2e8;
            case LZIP -> 6e7;
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
