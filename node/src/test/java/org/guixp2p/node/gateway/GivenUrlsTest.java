// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.guixp2p.node.testing.TestNars;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;

class GivenUrlsTest {
    private static final Resource UNKNOWN = new Resource.Unknown();
    private static final FixtureItems.Item HELLO = TestNars.HELLO;

    private final GivenUrls urls = new GivenUrls();

    private void given(String url, String compression) throws FormatException {
        urls.given(Narinfo.parse(SignedUrls.sign(HELLO, url, compression)));
    }

    private static Resource hello(Compression compression) {
        return new Resource.NarOf(HELLO.path(), compression);
    }

    @Test
    void itIsBehindTheServersSlash() throws Exception {
        given("nar/elsewhere", "gzip");
        given("/nar/elsewhere", "lzip");
        assertEquals(hello(Compression.GZIP), urls.meant("/nar/elsewhere", UNKNOWN));
        assertEquals(hello(Compression.LZIP), urls.meant("//nar/elsewhere", UNKNOWN));
        assertEquals(UNKNOWN, urls.meant("/nar/elsewhere?", UNKNOWN));
    }

    @Test
    void whatIsAtOtherServersOrCannotBeMadeHereIsNot() throws Exception {
        given("http://elsewhere/nar/x", "none");
        given("nar/x.xz", "xz");
        given("nar/" + "x".repeat(GivenUrls.MOST_LENGTH), "none");
        urls.given(Narinfo.parse(Fixtures.bytes("narinfo/" + HELLO.path().hashPart() + ".narinfo")));
        assertEquals(UNKNOWN, urls.meant("http://elsewhere/nar/x", UNKNOWN));
        assertEquals(UNKNOWN, urls.meant("/http://elsewhere/nar/x", UNKNOWN));
        assertEquals(UNKNOWN, urls.meant("/nar/x.xz", UNKNOWN));
        assertEquals(UNKNOWN, urls.meant("/nar/" + "x".repeat(GivenUrls.MOST_LENGTH), UNKNOWN));
        assertEquals(UNKNOWN, urls.meant("/nar/gzip/" + HELLO.path().baseName(), UNKNOWN), "not signed");
    }

    /** One signer has no say in what is another item's, or the server's. */
    @Test
    void whatHasAMeaningHereKeepsIt() throws Exception {
        given("nix-cache-info", "none");
        given("x.narinfo", "none");
        given("nar/x", "zstd");
        Resource info = new Resource.CacheInfo();
        Resource narinfo = new Resource.NarinfoOf("0".repeat(StorePath.HASH_LENGTH));
        Resource other = new Resource.NarOf(StorePath.parseBaseName("0".repeat(StorePath.HASH_LENGTH) + "-x"),
                Compression.NONE);
        assertEquals(info, urls.meant("/nix-cache-info", info));
        assertEquals(narinfo, urls.meant("/x.narinfo", narinfo));
        assertEquals(other, urls.meant("/nar/x", other));
        assertEquals(hello(Compression.ZSTD), urls.meant("/nar/x", hello(Compression.NONE)),
                "of that very item another compression");
    }

    @Test
    void theOneGivenLongestAgoIsForgottenFirst() throws Exception {
        given("first", "none");
        given("second", "none");
        given("first", "none");
        for (int i = 0; i < GivenUrls.MOST - 1; i++) {
            given("nar/" + i, "none");
        }
        assertEquals(UNKNOWN, urls.meant("/second", UNKNOWN));
        assertEquals(hello(Compression.NONE), urls.meant("/first", UNKNOWN));
        assertEquals(hello(Compression.NONE), urls.meant("/nar/0", UNKNOWN));
    }
}
