// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.narinfo.FileSize;
import org.junit.jupiter.api.Test;

/** A {@code guix publish} without a cache tells no file's size, and compresses while it sends. */
class CompressionOnTheFlyTest {
    private static final NarSize SIZE = new NarSize(50 << 20);

    private static List<Compression> ranked(Optional<FileSize> size, Compression... compressions) {
        ServerUrl server = new ServerUrl(URI.create("http://a"));
        return NarRanking.rank(Stream.of(compressions)
                .map(compression -> new NarOffer(server, URI.create("http://a/" + compression.text()), compression,
                        size))
                .toList(), SIZE, NarRanking.USUAL_BYTES_PER_SECOND).stream().map(NarOffer::compression).toList();
    }

    @Test
    void whatItTakesLongestToCompressComesLast() {
        assertEquals(List.of(Compression.ZSTD, Compression.GZIP, Compression.NONE, Compression.LZIP),
                ranked(Optional.empty(), Compression.LZIP, Compression.NONE, Compression.GZIP, Compression.ZSTD));
    }

    @Test
    void whatLiesThereCompressedIsNotHeldBack() {
        assertEquals(List.of(Compression.LZIP, Compression.ZSTD),
                ranked(Optional.of(new FileSize(36 << 20)), Compression.LZIP, Compression.ZSTD));
    }
}
