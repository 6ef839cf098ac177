// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerUrlTest {
    @ParameterizedTest
    @CsvSource({
        "https://ci.guix.gnu.org,              https://ci.guix.gnu.org",
        "HTTPS://CI.guix.gnu.org/,             https://ci.guix.gnu.org",
        "https://ci.guix.gnu.org:443//,        https://ci.guix.gnu.org",
        "http://127.0.0.1:80,                  http://127.0.0.1",
        "http://127.0.0.1:443/a/B/,            http://127.0.0.1:443/a/B",
        "http://[::1]:8080,                    http://[::1]:8080",
        "https://mirror.yandex.ru/mirrors/guix, https://mirror.yandex.ru/mirrors/guix",
    })
    void oneServerHasOneSpelling(String written, String meant) throws FormatException {
        assertEquals(meant, ServerUrl.parse(written).toString());
        assertEquals(new ServerUrl(URI.create(meant)), ServerUrl.parse(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ci.guix.gnu.org", "file:///gnu", "ftp://h/", "https:///x", "http://u:p@h",
        "http://h?q",
        "http://h#f", "http://h:0", "http://h:65536", "http://h/ x", "mailto:a@b", "http:h", "http://under_score"})
    void whatIsNoServerIsRefused(String written) {
        FormatException refusal = assertThrows(FormatException.class, () -> ServerUrl.parse(written));
        assertTrue(String.valueOf(refusal.getMessage()).startsWith("substitute server: "), refusal::toString);
    }

    @Test
    void endlessUrlsAreRefused() {
        assertThrows(FormatException.class, () -> ServerUrl.parse("http://h/" + "a".repeat(3000)));
        assertThrows(IllegalArgumentException.class, () -> new ServerUrl(URI.create("nar/x")));
    }

    @Test
    void findsNarinfosByTheirHashPart() throws FormatException {
        StorePath item = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        assertEquals(URI.create("http://h/p/y0h4g6321gwygvwv47kr4bc8y0lf49fs.narinfo"),
                ServerUrl.parse("http://h/p").narinfo(item));
    }
}
