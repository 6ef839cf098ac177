// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.guixp2p.node.http.Urgency;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.PublicGate;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.PublicKey;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;

/** What is held of answers, and what becomes of the rest. */
class RememberedTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LATER = NOW.plus(Duration.ofDays(1));
    private static final ServerUrl SERVER = new ServerUrl(URI.create("http://127.0.0.1:1"));
    private static final StorePath[] REFERENCES = IntStream.range(0, 3_000)
            .mapToObj(i -> TestNarinfos.item("a-reference-with-a-name-of-usual-length-" + i)).toArray(StorePath[]::new);

    private final Acl acl = acl();
    private final Map<StorePath, Narinfo> cache = new HashMap<>();
    private final Remembered remembered = new Remembered(12 << 20);

    private static Acl acl() {
        try {
            return Acl.of(List.of(PublicKey.parse(Fixtures.bytes("keys/publisher.pub"))));
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    private static Metadata.Question question(StorePath path) {
        return new Metadata.Question(path, new AskedServers(List.of(SERVER), List.of()));
    }

    private Lookup asked(StorePath path) {
        return new Lookup(path, List.of(SERVER), () -> acl, server -> Optional.ofNullable(cache.get(path)),
                new PublicGate(List.of()), NOW, Urgency.asked());
    }

    private Lookup answered(StorePath path, byte[] text) throws FormatException {
        Lookup lookup = remembered.findOrAdd(question(path), asked(path), NOW);
        Narinfo narinfo = Narinfo.parse(text);
        cache.put(path, narinfo);
        lookup.add(SERVER, new ServerAnswers.ServerAnswer(Optional.of(narinfo), LATER, true), NOW, true);
        remembered.weigh(question(path), lookup);
        return lookup;
    }

    @Test
    void whatWasLetGoOfIsNotReadAgainForEachServerThatAnswers() throws FormatException {
        StorePath path = TestNarinfos.item("asked-of-many");
        byte[] ofAnother = TestNarinfos.signed(TestNarinfos.item("another"));
        List<ServerUrl> servers = IntStream.range(1, 17)
                .mapToObj(port -> new ServerUrl(URI.create("http://127.0.0.1:" + port))).toList();
        AtomicInteger read = new AtomicInteger();
        Lookup lookup = new Lookup(path, servers, () -> acl, server -> {
            read.incrementAndGet();
            return Optional.empty();
        }, new PublicGate(List.of()), NOW, Urgency.asked());
        for (ServerUrl server : servers) {
            lookup.add(server, new ServerAnswers.ServerAnswer(Optional.of(Narinfo.parse(ofAnother)), LATER, true), NOW,
                    true);
            lookup.spill();
        }
        assertEquals(0, read.get());
        assertFalse(lookup.whenFound().toCompletableFuture().isDone());
        Narinfo narinfo = Narinfo.parse(TestNarinfos.signed(path));
        lookup.add(SERVER, new ServerAnswers.ServerAnswer(Optional.of(narinfo), LATER, true), NOW, true);
        assertTrue(lookup.whenFound().toCompletableFuture().isDone(), "what can be trusted is seen at once");
        assertEquals(0, read.get());
    }

    @Test
    void whatThereIsNoRoomForIsReadFromTheCache() throws FormatException {
        Map<StorePath, Lookup> lookups = new HashMap<>();
        long all = 0;
        for (int i = 0; all < 2 * remembered.mostBytes(); i++) {
            StorePath path = TestNarinfos.item("item-" + i);
            byte[] text = TestNarinfos.signed(path, REFERENCES);
            all += text.length;
            // Whether all have answered or not.
            Lookup lookup = answered(path, text);
            if (i % 2 == 0) {
                lookup.end();
                remembered.weigh(question(path), lookup);
            }
            lookups.put(path, lookup);
            assertTrue(remembered.bytes() <= remembered.mostBytes(), () -> "bytes: " + remembered.bytes());
        }
        assertTrue(remembered.bytes() > remembered.mostBytes() / 2, () -> "bytes: " + remembered.bytes());
        assertEquals(remembered.bytes(), lookups.values().stream().mapToLong(Lookup::bytes).sum());
        lookups.forEach((path, lookup) -> {
            assertEquals(Optional.of(path), lookup.trusted().map(TrustedNarinfo::path));
            assertSame(lookup, remembered.findOrAdd(question(path), asked(path), NOW), "asked once");
        });
    }

    @Test
    void whatTheCacheHasLostIsAskedAnew() throws FormatException {
        StorePath path = TestNarinfos.item("item");
        Lookup lookup = answered(path, TestNarinfos.signed(path));
        lookup.end();
        lookup.spill();
        assertTrue(lookup.trusted().isPresent());
        assertFalse(lookup.isLost());
        cache.clear();
        assertEquals(Optional.empty(), lookup.trusted());
        assertTrue(lookup.isLost());
        assertNotSame(lookup, remembered.findOrAdd(question(path), asked(path), NOW));
    }

    @Test
    void whatIsOfNoUseIsLetGoOfWhenAllHaveAnswered() throws FormatException {
        StorePath path = TestNarinfos.HELLO;
        Lookup lookup = answered(path, TestNarinfos.BY_SECOND);
        assertEquals(TestNarinfos.BY_SECOND.length, remembered.bytes());
        lookup.end();
        remembered.weigh(question(path), lookup);
        assertEquals(0, remembered.bytes());
        cache.clear();
        assertEquals(Optional.empty(), lookup.trusted());
        assertFalse(lookup.isLost(), "nothing of use is gone");
    }

    @Test
    void whatComesForAQuestionThatWasForgottenIsNotHeld() throws FormatException {
        StorePath path = TestNarinfos.item("item");
        Lookup first = answered(path, TestNarinfos.signed(path));
        first.end();
        Lookup second = remembered.findOrAdd(question(path), asked(path), LATER);
        assertNotSame(first, second);
        assertEquals(0, remembered.bytes());
        remembered.weigh(question(path), first);
        assertEquals(0, first.bytes());
        assertTrue(first.trusted().isPresent());
    }

    @Test
    void questionsAreBoundedAndTheOldestGoFirst() throws FormatException {
        StorePath oldest = TestNarinfos.item("oldest");
        Lookup lookup = answered(oldest, TestNarinfos.signed(oldest));
        for (int i = 1; i < remembered.mostQuestions(); i++) {
            StorePath path = TestNarinfos.item("item-" + i);
            remembered.findOrAdd(question(path), asked(path), NOW);
        }
        assertTrue(remembered.bytes() > 0);
        StorePath more = TestNarinfos.item("more");
        remembered.findOrAdd(question(more), asked(more), NOW);
        assertEquals(0, remembered.bytes());
        assertNotSame(lookup, remembered.findOrAdd(question(oldest), asked(oldest), NOW));
    }

    @Test
    void whatHasExpiredIsDropped() throws FormatException {
        for (int i = 0; i < 10; i++) {
            StorePath path = TestNarinfos.item("item-" + i);
            answered(path, TestNarinfos.signed(path)).end();
        }
        assertTrue(remembered.bytes() > 0);
        StorePath other = TestNarinfos.item("other");
        remembered.findOrAdd(question(other), asked(other), LATER);
        assertEquals(0, remembered.bytes());
    }
}
