// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedirectsTest {
    private static final URI FROM = URI.create("https://a.example/x/y");

    private static String refusal(URI from, String to) {
        HttpFaultException failure = assertThrows(HttpFaultException.class,
                () -> new Redirects(from).follow(from, Optional.of(to)));
        return assertInstanceOf(HttpFault.BadRedirect.class, failure.fault()).reason();
    }

    @ParameterizedTest
    @CsvSource({"https://a.example/x/y,https://b.example/z,https://b.example/z",
        "https://a.example/x/y,../z,https://a.example/z", "https://a.example/x/y,//b.example/z,https://b.example/z",
        "http://a.example/x,https://a.example/x,https://a.example/x",
        "http://127.0.0.1:8080/x,http://192.168.1.1/y,http://192.168.1.1/y",
        "http://127.0.0.1:8080/x,http://b.example/y,http://b.example/y"})
    void theseAreFollowed(URI from, String location, URI to) throws HttpFaultException {
        assertEquals(to, new Redirects(from).follow(from, Optional.of(location)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://a.example/x/y", "ftp://b.example/", "file:///etc/passwd", "data:,x", "https:///x",
        "https://user@b.example/", "https://b.example:0/", "https://b.example:99999/", "http://[", "https://a b/"})
    void theseAreNot(String to) {
        assertTrue(refusal(FROM, to).startsWith("redirection refused: "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://localhost/", "https://x.localhost/", "https://127.0.0.1/", "https://10.1.2.3/",
        "https://172.16.0.1/", "https://192.168.0.1/", "https://169.254.169.254/", "https://0.0.0.0/",
        "https://[::1]/", "https://[fe80::1]/", "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:10.0.0.1]/", "https://224.0.0.1/", "https://LOCALHOST/", "https://localhost./"})
    void aServerElsewhereDoesNotSendUsHome(String to) {
        assertTrue(refusal(FROM, to).contains("private network"), () -> refusal(FROM, to));
    }

    @Test
    void aCircleIsNotWalkedTwice() throws HttpFaultException {
        Redirects redirects = new Redirects(FROM);
        URI next = redirects.follow(FROM, Optional.of("b"));
        assertThrows(HttpFaultException.class, () -> redirects.follow(next, Optional.of("y")));
    }

    @Test
    void fiveInARowAreEnough() throws HttpFaultException {
        Redirects redirects = new Redirects(FROM);
        URI at = FROM;
        for (int i = 0; i < 5; i++) {
            at = redirects.follow(at, Optional.of("/" + i));
        }
        URI last = at;
        assertThrows(HttpFaultException.class, () -> redirects.follow(last, Optional.of("/5")));
    }

    @Test
    void oneThatLeadsNowhereIsRefused() {
        assertThrows(HttpFaultException.class, () -> new Redirects(FROM).follow(FROM, Optional.empty()));
    }

    @Test
    void aServerThatNobodyNamedSendsUsToItselfAlone() throws HttpFaultException {
        URI from = URI.create("http://192.168.1.7:8080/x");
        Strangers strangers = new Strangers() {
            @Override
            public boolean isAt(URI uri) {
                return uri.getHost().equals("192.168.1.7");
            }

            @Override
            public boolean mayHearOf(StorePath item) {
                return true;
            }
        };
        assertEquals(URI.create("http://192.168.1.7:8080/y"),
                new Redirects(from, strangers).follow(from, Optional.of("y")));
        for (String to : List.of("http://192.168.1.7:8081/x", "http://192.168.1.1:8080/x", "http://127.0.0.1:8080/x",
                "https://b.example/")) {
            assertThrows(HttpFaultException.class,
                    () -> new Redirects(from, strangers).follow(from, Optional.of(to)), to);
        }
    }

    @Test
    void statuses() {
        assertTrue(IntStream.of(301, 302, 303, 307, 308).allMatch(Redirects::isRedirect));
        assertFalse(IntStream.of(200, 300, 304, 305, 306, 309, 404).anyMatch(Redirects::isRedirect));
    }
}
