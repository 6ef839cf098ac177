// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;

class NarOfferTest {
    private static List<String> offered(String server, String... sources) throws FormatException {
        String text = Fixtures.text("narinfo/y0h4g6321gwygvwv47kr4bc8y0lf49fs.narinfo").replaceAll("(?s)URL:.*", "");
        for (int i = 0; i < sources.length; i += 2) {
            text += "URL: " + sources[i] + "\nCompression: " + sources[i + 1] + "\n";
        }
        return NarOffer.of(new ServerUrl(URI.create(server)), Narinfo.parse(text.getBytes(StandardCharsets.UTF_8)))
                .stream().map(offer -> offer.compression() + " " + offer.uri()).toList();
    }

    @Test
    void filesLieBelowTheServerOrElsewhere() throws FormatException {
        assertEquals(
                List.of("LZIP https://a.example/b/nar/lzip/x", "ZSTD https://cdn.example/x",
                        "NONE https://a.example/b//x"),
                offered("https://a.example/b/", "nar/lzip/x", "lzip", "https://cdn.example/x", "zstd", "/x", "none"));
    }

    @Test
    void whetherAFileLiesWhereTheNarinfoDoesIsKnown() {
        ServerUrl server = new ServerUrl(URI.create("http://192.168.1.7"));
        assertEquals(List.of(true, true, false, false, false),
                Stream.of("http://192.168.1.7/nar/x", "http://192.168.1.7:80/x", "http://192.168.1.7:81/x",
                        "http://127.0.0.1/x", "https://192.168.1.7/x")
                        .map(uri -> new NarOffer(server, URI.create(uri), Compression.NONE, Optional.empty())
                                .isAtItsServer())
                        .toList());
    }

    @Test
    void whatCannotBeUsedIsLeftOut() throws FormatException {
        assertEquals(List.of("GZIP https://a.example/x"),
                offered("https://a.example", "x", "br", "ftp://a.example/x", "zstd", "file:///etc/passwd", "none",
                        "https://127.0.0.1/x", "zstd", "http://a.example/x", "zstd", "https://user@a.example/x", "zstd",
                        "x", "gzip"));
    }

    @Test
    void noneIsNone() throws FormatException {
        assertEquals(List.of(), offered("https://a.example"));
    }
}
