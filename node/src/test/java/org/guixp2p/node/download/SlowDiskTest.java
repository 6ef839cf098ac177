// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.guixp2p.node.download.SiteReader.connected;
import static org.guixp2p.node.download.SiteReader.read;
import static org.guixp2p.node.download.SiteReader.received;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A quick peer, a server that is known to be quick, and a disk that does not keep up. */
class SlowDiskTest extends SharedItem {
    private static final int PIECE = 100_000;

    @Override
    void write(Path item) throws IOException {
        Files.createDirectories(item);
        Files.write(item.resolve("noise"), noise(50_000_000));
    }

    /** @param asked is run when it is asked */
    private record Server(byte[] nar, Runnable asked) implements NarSupply {
        @Override
        public String url() {
            return "http://a/nar/x";
        }

        @Override
        public Source<ByteString, NotUsed> open() {
            asked.run();
            return Source.range(0, (nar.length - 1) / PIECE)
                    .map(i -> ByteString.fromArray(nar, i * PIECE, Math.min(PIECE, nar.length - i * PIECE)));
        }

        @Override
        public OptionalDouble expectedSeconds() {
            return OptionalDouble.of(0.5);
        }
    }

    /** As long as the disk brings nothing to an end nobody else is slow: peers are waited for as in any stall. */
    @Tag("slow")
    @Test
    void peersAreNotTakenForSlowWhileTheDiskDoesNotKeepUp() throws Exception {
        TestSite seeder = new TestSite(nextRoot(), SubstitutePolicy.P2P_ONLY, List.of(), offers -> offers);
        sites.add(seeder);
        stock(seeder);
        Path root = nextRoot();
        TestSite fetcher = new TestSite(root, TestSite.config(root, SubstitutePolicy.P2P_FIRST,
                List.of(seeder.address()), Duration.ofSeconds(20), Duration.ofSeconds(10), 1, 8), o -> o,
                Duration.ofSeconds(20));
        sites.add(fetcher);
        Eventually.holds(() -> connected(fetcher).size() == 1, () -> "the seeder is connected");
        fetcher.holdAfter(8);
        assertArrayEquals(nar, received(read(fetcher, new NarRequest(PATH, hash, new NarSize(nar.length),
                new byte[]{1, 2, 3}, List.of(new Server(nar, fetcher::holdNoMore)), true, true,
                SubstitutePolicy.P2P_FIRST, AutoSeed.P2P))));
        assertEquals(List.of(PeersOver.FAILED), fetcher.peersOver);
    }
}
