// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose keys are known, for how long, and across restarts. */
class KeyBookTest {
    private static final long START = 1_800_000_000;
    private static final Octets KEY = key(1);
    private static final Octets OTHER = key(2);
    /** Where there may be as many as there are. */
    private static final InetAddress HOME = InetAddress.ofLiteral("192.168.1.7");

    private long now = START;
    private final InstantSource clock = () -> Instant.ofEpochSecond(now);

    @TempDir
    Path directory;

    private static Octets key(int number) {
        return Octets.of(ByteBuffer.allocate(PeerId.KEY_BYTES).putInt(number).array());
    }

    private static PeerId peer(Octets key) {
        return PeerId.ofPublicKey(key.bytes());
    }

    private KeyBook book(PeerId... named) {
        return new KeyBook(clock, List.of(), List.of(named));
    }

    @Test
    void ofThoseWhoCameThemselvesOnlyNamedOnesAreRemembered() {
        KeyBook book = book(peer(OTHER));
        book.shown(KEY, HOME, false);
        book.shown(OTHER, HOME, false);
        assertEquals(Optional.empty(), book.of(peer(KEY)));
        assertEquals(Optional.of(new KnownKey(OTHER, HOME, START, KnownKey.NONE)), book.of(peer(OTHER)));
        book.shown(KEY, HOME, true);
        assertEquals(List.of(OTHER, KEY), book.all().stream().map(KnownKey::publicKey).toList());
        now += 10;
        book.shown(KEY, HOME, false);
        assertEquals(now, book.of(peer(KEY)).orElseThrow().lastSeconds());
    }

    @Test
    void anOlderRecordThanOneThatWasSeenIsNone() {
        KeyBook book = book();
        assertFalse(book.recorded(peer(KEY), 5));
        book.shown(KEY, HOME, true);
        assertTrue(book.recorded(peer(KEY), 5));
        assertTrue(book.recorded(peer(KEY), 5));
        assertFalse(book.recorded(peer(KEY), 4));
        book.shown(KEY, HOME, true);
        assertFalse(book.recorded(peer(KEY), 4), "also when it has shown its key again");
        assertTrue(book.recorded(peer(KEY), 6));
        assertEquals(6, book.of(peer(KEY)).orElseThrow().sequence());
    }

    @Test
    void whatWasNotShownForLongIsForgottenUnlessItWasNamed() {
        KeyBook book = book(peer(OTHER));
        book.shown(KEY, HOME, true);
        book.shown(OTHER, HOME, true);
        now += KeyBook.OLD_AFTER.toSeconds();
        book.shown(key(3), HOME, true);
        assertTrue(book.of(peer(KEY)).isPresent());
        now++;
        book.shown(key(3), HOME, true);
        assertEquals(List.of(OTHER, key(3)), book.all().stream().map(KnownKey::publicKey).toList());
    }

    @Test
    void thereAreOnlySoManyAndNamedOnesHavePlacesOfTheirOwn() {
        KeyBook book = book(peer(KEY));
        book.shown(KEY, HOME, true);
        for (int i = 0; i <= KeyBook.CAPACITY; i++) {
            now++;
            book.shown(key(100 + i), HOME, true);
        }
        assertEquals(KeyBook.CAPACITY + 1, book.all().size());
        assertEquals(KEY, book.all().getFirst().publicKey());
        assertEquals(key(100 + KeyBook.CAPACITY), book.all().get(1).publicKey());
        assertEquals(Optional.empty(), book.of(peer(key(100))));
    }

    /** Whoever has a network has as many keys as he likes, and they keep nobody else's from being known. */
    @Test
    void ofANetworkThereAreOnlySoManyTheOnesThatWereShownLast() {
        KeyBook book = book(peer(KEY));
        InetAddress crowd = InetAddress.ofLiteral("198.18.7.1");
        book.shown(KEY, crowd, true);
        book.shown(OTHER, InetAddress.ofLiteral("198.18.8.1"), true);
        for (int i = 0; i <= KeyBook.MOST_OF_A_NETWORK; i++) {
            now++;
            book.shown(key(100 + i), InetAddress.ofLiteral("198.18.7." + (2 + i)), true);
        }
        assertEquals(KeyBook.MOST_OF_A_NETWORK + 2, book.all().size(), "the named one is not counted");
        assertEquals(Optional.empty(), book.of(peer(key(100))));
        assertTrue(book.of(peer(OTHER)).isPresent());
        // One that comes from there counts there.
        now++;
        book.shown(OTHER, crowd, false);
        assertEquals(Optional.empty(), book.of(peer(key(101))));
        assertEquals(KeyBook.MOST_OF_A_NETWORK + 1, book.all().size());
        assertEquals(book.all(), new KeyBook(clock, book.all(), List.of(peer(KEY))).all());
    }

    @Test
    void theyOutlastARestartAndAClockThatWasSetBack() throws IOException {
        KeyFile file = new KeyFile(directory);
        KeyBook book = file.load(clock, List.of());
        book.shown(KEY, HOME, true);
        book.shown(OTHER, HOME, true);
        book.recorded(peer(KEY), 7);
        file.save(book);
        Path kept = directory.resolve("peer-keys");
        FileTime untouched = FileTime.fromMillis(1000);
        Files.setLastModifiedTime(kept, untouched);
        file.save(book);
        assertEquals(untouched, Files.getLastModifiedTime(kept), "nothing has changed");
        now -= 1000;
        KeyBook again = new KeyFile(directory).load(clock, List.of());
        assertEquals(Optional.of(new KnownKey(KEY, HOME, now, 7)), again.of(peer(KEY)));
        assertEquals(2, again.all().size());
    }

    @Test
    void aFileThatMakesNoSenseIsSetAside() throws IOException {
        Files.writeString(directory.resolve("peer-keys"), "guix-p2p peer-keys 1\n" + KEY);
        assertEquals(List.of(), new KeyFile(directory).load(clock, List.of()).all());
        assertTrue(Files.exists(directory.resolve("peer-keys.damaged")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ::1 1 1", "00 ::1 1 1", "KEY ::1 1", "KEY 1 1", "KEY ::1 1 1 1", "KEY ::1 -1 1",
        "KEY ::1 1 -2", "KEY ::1 x 1", "KEY ::1  1", "KEY a.example 1 1", "KEY 300.1.1.1 1 1"})
    void aLineOfAnotherFormIsNone(String line) {
        String file = "guix-p2p peer-keys 1\n" + line.replace("KEY", KEY.toString()) + "\nend\n";
        assertThrows(FormatException.class, () -> KeyFile.decode(file.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void thereAreNotTooMany() {
        String lines = (KEY + " ::1 1 1\n").repeat(KeyBook.CAPACITY + KeyBook.MOST_NAMED + 1);
        assertThrows(FormatException.class, () -> KeyFile
                .decode(("guix-p2p peer-keys 1\n" + lines + "end\n").getBytes(StandardCharsets.US_ASCII)));
        assertThrows(FormatException.class, () -> KeyFile.decode(new byte[KeyFile.MAX_BYTES + 1]));
    }
}
