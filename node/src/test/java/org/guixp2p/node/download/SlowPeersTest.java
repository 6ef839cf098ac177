// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.guixp2p.node.download.SiteReader.connected;
import static org.guixp2p.node.download.SiteReader.read;
import static org.guixp2p.node.download.SiteReader.received;
import static org.guixp2p.node.download.SiteReader.status;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Test;

/** A peer on a slow line beside a server that is known to be quick. */
class SlowPeersTest extends SharedItem {
    private static final String URL = "http://a/nar/x";
    private static final int PIECE = 10_000;
    /** Of the NAR, which is noise, it brings a twenty-fifth a second. */
    private static final ByteRate SLOW = new ByteRate(200_000);

    @Override
    void write(Path item) throws IOException {
        Files.createDirectories(item);
        Files.write(item.resolve("noise"), noise(5_000_000));
    }

    /**
     * @param bytes that it sends before it breaks off
     * @param stalls whether it says nothing then
     */
    private record KnownSupply(byte[] nar, int bytes, boolean stalls) implements NarSupply {
        @Override
        public String url() {
            return URL;
        }

        @Override
        public Source<ByteString, NotUsed> open() {
            List<ByteString> pieces = new ArrayList<>();
            for (int at = 0; at < bytes; at += PIECE) {
                pieces.add(ByteString.fromArray(nar, at, Math.min(PIECE, bytes - at)));
            }
            Source<ByteString, NotUsed> sent = Source.from(pieces);
            if (bytes == nar.length) {
                return sent;
            }
            Source<ByteString, ?> end = stalls
                    ? Source.<ByteString>maybe()
                    : Source.lazySource(() -> Source.<ByteString>failed(new IOException("it broke off")));
            return sent.concatLazy(end);
        }

        @Override
        public OptionalDouble expectedSeconds() {
            return OptionalDouble.of(0.5);
        }
    }

    private TestSite fetcher(TestSite seeder) throws IOException {
        Path root = nextRoot();
        NodeConfig config = TestSite.config(root, SubstitutePolicy.P2P_FIRST, List.of(seeder.address()),
                Duration.ofSeconds(20), Duration.ofSeconds(10), 1, 8);
        TestSite fetcher = new TestSite(root, new NodeConfig(config.substitutes(), config.seeding(), config.network(),
                new NodeConfig.Transfers(Duration.ofSeconds(20), Duration.ofSeconds(10), 8, ByteRate.UNLIMITED, SLOW),
                config.files(), config.bridge(), config.api(), config.logLevel()), o -> o, Duration.ofSeconds(20));
        sites.add(fetcher);
        Eventually.holds(() -> connected(fetcher).size() == 1, () -> "the seeder is connected");
        return fetcher;
    }

    private TestSite seeder() throws IOException {
        TestSite seeder = new TestSite(nextRoot(), SubstitutePolicy.P2P_ONLY, List.of(), offers -> offers);
        sites.add(seeder);
        stock(seeder);
        return seeder;
    }

    private NarRequest request(NarSupply server) {
        return new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1, 2, 3}, List.of(server), true, true,
                SubstitutePolicy.P2P_FIRST, AutoSeed.P2P);
    }

    @Test
    void whoIsMuchSlowerThanAServerIsLeftForIt() throws Exception {
        TestSite fetcher = fetcher(seeder());
        assertArrayEquals(nar, received(read(fetcher, request(new KnownSupply(nar, nar.length, false)))));
        assertEquals(List.of(PeersOver.SLOWER), fetcher.peersOver);
        TransferStatus status = status(fetcher);
        assertEquals(0, status.restarts());
        assertTrue(status.sources().stream().anyMatch(source -> source.name().equals(URL)), status::toString);
    }

    @Test
    void whenTheServerFailsSlowPeersHaveAnotherTurn() throws Exception {
        TestSite fetcher = fetcher(seeder());
        int most = nar.length - 100_000;
        assertArrayEquals(nar, received(read(fetcher, request(new KnownSupply(nar, most, false)))));
        assertEquals(List.of(PeersOver.SLOWER), fetcher.peersOver);
        TransferStatus status = status(fetcher);
        assertEquals(2, status.sources().size(), status::toString);
    }

    @Test
    void aServerThatTurnsOutToBeSlowerStillIsLeftForThePeers() throws Exception {
        TestSite fetcher = fetcher(seeder());
        int most = nar.length - 100_000;
        assertArrayEquals(nar, received(read(fetcher, request(new KnownSupply(nar, most, true)))));
        assertEquals(List.of(PeersOver.SLOWER), fetcher.peersOver);
        assertEquals(2, status(fetcher).sources().size());
    }
}
