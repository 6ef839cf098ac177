// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResourceTest {
    private static final String HASH = "0d11kd1ihcqv35ajz4xx2cfwalqvfb5d";
    private static final StorePath ITEM = new StorePath(HASH + "-gtk+-3.24?x=1");

    /** Guix: {@code store-item->recutils}; what is written is read again. */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void whereANarIsSaidToBeItIs(Compression compression) {
        String url = Resource.url(ITEM, compression);
        assertEquals((compression == Compression.NONE ? "nar/" : "nar/" + compression.text() + "/") + HASH
                + "-gtk%2B-3.24%3Fx%3D1", url);
        List<String> segments = List.of(url.split("/", -1)).stream()
                .map(segment -> URLDecoder.decode(segment, StandardCharsets.UTF_8)).toList();
        assertEquals(new Resource.NarOf(ITEM, compression), Resource.of(segments));
    }

    @Test
    void others() {
        assertEquals(new Resource.CacheInfo(), Resource.of(List.of("nix-cache-info")));
        assertEquals(new Resource.NarinfoOf(HASH), Resource.of(List.of(HASH + ".narinfo")));
        for (List<String> path : List.of(List.<String>of(), List.of(""), List.of(".."), List.of("nar"),
                List.of("nar", ".."), List.of("nar", "zstd", HASH + "-../x"), List.of("nar", "a", "b", "c"),
                List.of("x", HASH + "-x"), List.of(HASH + "-x.narinfo"),
                List.of(HASH.toUpperCase(Locale.ROOT) + ".narinfo"))) {
            assertEquals(new Resource.Unknown(), Resource.of(path), path::toString);
        }
    }
}
