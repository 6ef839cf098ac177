// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
    @Test
    void correct() {
        assertEquals(Optional.of(new Target("/nar/a%2Bb?c=d", "/nar/a%2Bb", Optional.empty())),
                Target.read("/nar/a%2Bb?c=d"));
        assertEquals(Optional.of(new Target("/a", "/a", Optional.of("Here:80"))), Target.read("http://Here:80/a"));
        assertEquals(Optional.of(new Target("/?a", "/", Optional.of("here"))), Target.read("http://here?a"));
        assertEquals(Optional.of(new Target("*", "*", Optional.empty())), Target.read("*"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "**", "//[", "/ ", "/a b", "/%", "/%1", "/%1g", "/?%", "/#", "/\u0000", "/\u007f",
        "/\u00e4", "/?a#b", "https://here/", "ftp://here/", "here:80"})
    void malformed(String text) {
        assertEquals(Optional.empty(), Target.read(text));
    }

    private static List<String> segments(String path) {
        return Target.read(path).orElseThrow().segments();
    }

    @Test
    void segmentsAreDecodedAfterTheyWereDivided() {
        assertEquals(List.of("nar", "a+b?=", "..", "c/d"), segments("/nar/a%2Bb%3f%3D/../c%2fd"));
        assertEquals(List.of("a", "b"), segments("//a///b/"));
        assertEquals(List.of("\u0000"), segments("/%00"));
        assertEquals(List.of("\u00e4"), segments("/%C3%A4"));
        assertEquals(List.of("\ufffd"), segments("/%FF"), "no text at all");
        assertEquals(List.of(), segments("/"));
    }

    @Test
    void hostsAreComparedWithoutPortsAndInLowerCase() {
        assertEquals(Optional.of("localhost"), Target.host("LocalHost:8080"));
        assertEquals(Optional.of("[::1]"), Target.host("[::1]:80"));
        assertEquals(Optional.of("127.0.0.1"), Target.host("127.0.0.1"));
        assertEquals(Optional.of(""), Target.host(""));
        for (String malformed : List.of("a b", "a@b", "a:b", "::1", "[::1", "a:123456", "a/b", "a,b")) {
            assertEquals(Optional.empty(), Target.host(malformed), malformed);
        }
    }
}
