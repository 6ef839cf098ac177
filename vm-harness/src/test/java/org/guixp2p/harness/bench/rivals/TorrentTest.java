// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorrentTest {
    @TempDir
    private Path directory;

    @Test
    void aFileIsDescribedPieceByPiece() throws Exception {
        byte[] bytes = new byte[256 * 1024 + 1];
        bytes[bytes.length - 1] = 7;
        Torrent torrent = Torrent.of(Files.write(directory.resolve("item.nar"), bytes));
        MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
        sha1.update(bytes, 0, 256 * 1024);
        String first = new String(sha1.digest(), ISO_8859_1);
        String second = new String(sha1.digest(new byte[]{7}), ISO_8859_1);
        String info = "4:infod6:lengthi262145e4:name8:item.nar12:piece lengthi262144e6:pieces40:" + first + second
                + "ee";
        assertEquals("d" + info, new String(torrent.metainfo(Optional.empty()), ISO_8859_1));
        assertEquals("d8:announce10:http://a/b" + info,
                new String(torrent.metainfo(Optional.of(URI.create("http://a/b"))), ISO_8859_1));
    }

    @Test
    void theTrackerNamesAllPeers() throws Exception {
        List<HostAndPort> peers = List.of(new HostAndPort("127.0.0.1", 258), new HostAndPort("127.0.0.1", 65_535));
        try (Tracker tracker = Tracker.start(peers); HttpClient http = HttpClient.newHttpClient()) {
            byte[] answer = http.send(HttpRequest.newBuilder(URI.create(tracker.url() + "?info_hash=x")).build(),
                    HttpResponse.BodyHandlers.ofByteArray()).body();
            assertEquals("d8:intervali1800e5:peers12:\u007f\0\0\u0001\u0001\u0002\u007f\0\0\u0001\u00ff\u00ffe",
                    new String(answer, ISO_8859_1));
        }
    }

    @Test
    void everyRivalHasItsName() {
        for (String name : Rival.NAMES) {
            assertEquals(name, Rival.named(name).name());
        }
    }

    @Test
    void whatIsNotInstalledIsNamed() {
        assertTrue(Course.isInstalled("sh"));
        assertTrue(!Course.isInstalled("no-such-program-of-any-machine"));
    }
}
