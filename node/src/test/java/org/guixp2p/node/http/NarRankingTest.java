// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.SplittableRandom;
import java.time.InstantSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.guixp2p.node.testing.TestMirrors;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.narinfo.FileSize;
import org.junit.jupiter.api.Test;

class NarRankingTest {
    private static final NarSize SIZE = new NarSize(100_000_000);
    private static final long SLOW = 1_000_000;
    private static final long FAST = 1_000_000_000;

    private static NarOffer offer(String server, Compression compression, long fileSize) {
        ServerUrl url = new ServerUrl(URI.create("http://" + server));
        return new NarOffer(url, URI.create(url + "/" + compression.text()), compression,
                fileSize < 0 ? Optional.empty() : Optional.of(new FileSize(fileSize)));
    }

    private static List<Compression> ranked(long bytesPerSecond, NarOffer... offers) {
        return NarRanking.rank(List.of(offers), SIZE, bytesPerSecond).stream().map(NarOffer::compression).toList();
    }

    @Test
    void onASlowNetworkTheSmallestIsFetched() {
        assertEquals(List.of(Compression.LZIP, Compression.ZSTD, Compression.GZIP, Compression.NONE),
                ranked(SLOW, offer("a", Compression.NONE, -1), offer("a", Compression.GZIP, 35_000_000),
                        offer("a", Compression.ZSTD, 30_000_000), offer("a", Compression.LZIP, 24_000_000)));
    }

    @Test
    void onAFastOneTheQuickestToDecompress() {
        assertEquals(List.of(Compression.NONE, Compression.ZSTD, Compression.GZIP, Compression.LZIP),
                ranked(FAST, offer("a", Compression.LZIP, 24_000_000), offer("a", Compression.GZIP, 35_000_000),
                        offer("a", Compression.ZSTD, 30_000_000), offer("a", Compression.NONE, -1)));
    }

    @Test
    void aSizeThatIsNotToldIsGuessed() {
        assertEquals(List.of(Compression.LZIP, Compression.ZSTD),
                ranked(SLOW, offer("a", Compression.ZSTD, -1), offer("a", Compression.LZIP, -1)));
        assertEquals(List.of(Compression.ZSTD, Compression.LZIP),
                ranked(SLOW, offer("a", Compression.LZIP, 40_000_000), offer("a", Compression.ZSTD, -1)));
    }

    @Test
    void theUsersOrderOfServersCountsForMore() {
        List<NarOffer> ranked = NarRanking
                .rank(List.of(offer("b", Compression.GZIP, -1), offer("a", Compression.LZIP, 1),
                        offer("b", Compression.LZIP, 90_000_000)), SIZE, SLOW);
        assertEquals(List.of("http://b/gzip", "http://b/lzip", "http://a/lzip"),
                ranked.stream().map(offer -> offer.uri().toString()).toList());
    }

    private static Mirrors measured(String server, long bytesPerSecond) {
        Mirrors mirrors = TestMirrors.unknown();
        ServerUrl url = new ServerUrl(URI.create("http://" + server));
        mirrors.began(url, SIZE.bytes(), Duration.ofMillis(1));
        mirrors.came(url, SIZE.bytes(), bytesPerSecond, Duration.ofSeconds(1), true);
        return mirrors;
    }

    private static List<String> ranked(Mirrors mirrors, NarOffer... offers) {
        return NarRanking.rank(List.of(offers), SIZE, mirrors).stream().map(offer -> offer.uri().toString()).toList();
    }

    @Test
    void whatAServerBroughtDecidesWhichOfItsFilesIsFetched() {
        NarOffer lzip = offer("a", Compression.LZIP, 24_000_000);
        NarOffer none = offer("a", Compression.NONE, -1);
        assertEquals(List.of("http://a/lzip", "http://a/none"), ranked(measured("a", SLOW), none, lzip));
        assertEquals(List.of("http://a/none", "http://a/lzip"), ranked(measured("a", FAST), lzip, none));
    }

    @Test
    void aServerThatWasNotMeasuredIsThoughtToBeUsualAndIsNotFirstForIt() {
        NarOffer lzip = offer("b", Compression.LZIP, 24_000_000);
        NarOffer none = offer("b", Compression.NONE, -1);
        assertEquals(List.of("http://a/lzip", "http://b/lzip", "http://b/none"),
                ranked(measured("a", SLOW), offer("a", Compression.LZIP, 24_000_000), none, lzip));
        assertEquals(List.of("http://b/lzip", "http://b/none", "http://a/lzip"),
                ranked(measured("a", SLOW), none, lzip, offer("a", Compression.LZIP, 24_000_000)));
    }

    /** That a small NAR takes as long as its first byte says nothing for a server of which nothing is known. */
    @Test
    void theUsersFirstServerStaysFirstUnlessItIsSlow() {
        assertEquals("http://a/none", firstOf(100_000, 50_000_000));
        assertEquals("http://a/none", firstOf(40_000_000, 50_000_000));
        assertEquals("http://b/none", firstOf(40_000_000, 500_000));
    }

    private static String firstOf(long narBytes, long bytesPerSecond) {
        ServerUrl first = new ServerUrl(URI.create("http://a"));
        Mirrors mirrors = Mirrors.open(Path.of("/nonexistent"), InstantSource.system(), new SplittableRandom(1),
                List.of(first, new ServerUrl(URI.create("http://b"))));
        mirrors.began(first, narBytes, Duration.ofMillis(80));
        mirrors.came(first, narBytes, bytesPerSecond, Duration.ofSeconds(1), true);
        return NarRanking.rank(List.of(offer("a", Compression.NONE, -1), offer("b", Compression.NONE, -1)),
                new NarSize(narBytes), mirrors).getFirst().uri().toString();
    }

    /** Nobody signs a FileSize. */
    @Test
    void whoeverTellsASmallerFileIsNotFirstForIt() {
        Mirrors mirrors = measured("a", SLOW);
        ServerUrl other = new ServerUrl(URI.create("http://b"));
        mirrors.began(other, SIZE.bytes(), Duration.ofMillis(1));
        mirrors.came(other, SIZE.bytes(), SLOW / 3, Duration.ofSeconds(1), true);
        assertEquals(List.of("http://a/lzip", "http://b/lzip"), ranked(mirrors,
                offer("a", Compression.LZIP, 24_000_000), offer("b", Compression.LZIP, 1)));
        assertEquals(List.of("http://a/none", "http://b/none"), ranked(mirrors,
                offer("a", Compression.NONE, -1), offer("b", Compression.NONE, 1)));
    }

    @Test
    void nothingOfferedIsNothingRanked() {
        assertTrue(NarRanking.rank(List.of(), SIZE, SLOW).isEmpty());
    }

    @Property(tries = 200)
    void nothingIsLostAndTheOrderOfOffersOfOneServerIsNoMatter(@ForAll @Size(max = 8) List<Compression> compressions,
            @ForAll @LongRange(min = 1, max = 1L << 40) long size,
            @ForAll @LongRange(min = 1, max = 1L << 40) long rate) {
        List<NarOffer> offers = compressions.stream().distinct().map(compression -> offer("a", compression, -1))
                .toList();
        List<NarOffer> ranked = NarRanking.rank(offers, new NarSize(size), rate);
        Comparator<NarOffer> byUri = Comparator.comparing(NarOffer::uri);
        assertEquals(offers.stream().sorted(byUri).toList(), ranked.stream().sorted(byUri).toList());
        assertEquals(ranked, NarRanking.rank(offers.reversed(), new NarSize(size), rate));
    }
}
