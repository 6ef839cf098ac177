// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.TestMemory;

/** NARs that a real Guix made. */
public final class TestNars {
    /** One that is there in every compression. */
    public static final FixtureItems.Item HELLO = FixtureItems.of("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    private TestNars() {}

    /** The NAR as a server sends it. */
    public static byte[] compressed(FixtureItems.Item item, Compression compression) {
        String file = "nar/" + item.path().baseName();
        return switch (compression) {
            case ZSTD -> Fixtures.bytes(file + ".zst");
            case LZIP -> Fixtures.bytes(file + ".lz");
            case GZIP -> Fixtures.bytes(file + ".gz");
            case NONE -> plain(item);
        };
    }

    /** The NAR itself. */
    public static byte[] plain(FixtureItems.Item item) {
        byte[] compressed = Fixtures.bytes("nar/" + item.path().baseName() + ".zst");
        try (InputStream in = Compression.ZSTD.decompress(new ByteArrayInputStream(compressed),
                item.size(), TestMemory.forDecoders())) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
