// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What interrupted downloads leave, and how long. */
class LeftoversTest {
    private static final byte[] BLOCK = "a block".getBytes(StandardCharsets.UTF_8);
    private static final NarSize SIZE = new NarSize(100);

    @TempDir
    private Path state;

    private Instant now = Instant.parse("2026-01-10T12:00:00Z");
    private long free = Long.MAX_VALUE;
    private long disk = -1;

    private NarStore open() throws IOException {
        return NarStore.open(state, () -> now, this::freeNow);
    }

    private static NarHash hash(int number) {
        return new NarHash(Sha256.hash(new byte[number]));
    }

    private Set<String> partial() throws IOException {
        try (Stream<Path> files = Files.list(state.resolve("partial"))) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static PartialNar begun(NarStore store, NarHash hash) throws IOException {
        PartialNar nar = store.create(hash);
        nar.write(0, BLOCK, 0, BLOCK.length);
        nar.markResumable();
        return nar;
    }

    private static void assertLeft(boolean left, NarStore store, NarHash hash) throws IOException {
        Optional<PartialNar> nar = store.takeLeftover(hash, SIZE);
        assertEquals(left, nar.isPresent());
        if (nar.isPresent()) {
            byte[] read = new byte[BLOCK.length];
            nar.get().read(0, read, 0, read.length);
            assertArrayEquals(BLOCK, read);
            nar.get().close();
        }
    }

    @Test
    void whatACrashLeftIsThereForOneWhoAsks() throws IOException {
        try (PartialNar crashed = begun(NarStore.open(state), hash(1))) {
            assertTrue(crashed.isResumable());
        }
        NarStore store = NarStore.open(state);
        assertLeft(false, store, hash(2));
        assertLeft(true, store, hash(1));
        assertLeft(false, store, hash(1));
    }

    @Test
    void whatWasNotMarkedCannotBeGoneOnWithAndGoes() throws IOException {
        NarStore store = open();
        try (PartialNar unmarked = store.create(hash(1)); PartialNar empty = store.create(hash(2))) {
            unmarked.write(0, BLOCK, 0, BLOCK.length);
            empty.markResumable();
            assertFalse(unmarked.isResumable());
        }
        Path elsewhere = Files.write(state.resolve("elsewhere"), BLOCK);
        Files.createSymbolicLink(state.resolve("partial/" + hash(3).base32() + ".0.resumable"), elsewhere);
        Files.write(state.resolve("partial/x.0.resumable"), BLOCK);
        Files.write(state.resolve("partial/" + "e".repeat(52) + ".0.resumable"), BLOCK);
        Files.createDirectory(state.resolve("partial/" + hash(4).base32() + ".0.resumable"));
        store = open();
        assertEquals(Set.of(hash(4).base32() + ".0.resumable"), partial());
        for (int number = 1; number <= 4; number++) {
            assertLeft(false, store, hash(number));
        }
        assertTrue(Files.exists(elsewhere));
    }

    @Test
    void whatIsLeftWhileTheNodeRunsIsThereForTheNext() throws IOException {
        NarStore store = open();
        store.leave(hash(1), begun(store, hash(1)));
        assertEquals(1, partial().size());
        PartialNar again = store.takeLeftover(hash(1), SIZE).orElseThrow();
        again.markResumable();
        store.leave(hash(1), again);
        assertLeft(true, store, hash(1));
        assertEquals(1, partial().size());
    }

    @Test
    void whatWasFetchedNeedsNoLeftover() throws IOException {
        NarStore store = open();
        store.leave(hash(1), begun(store, hash(1)));
        store.forgetLeftover(hash(2));
        assertEquals(1, partial().size());
        store.forgetLeftover(hash(1));
        assertEquals(Set.of(), partial());
        assertLeft(false, store, hash(1));
    }

    @Test
    void whatAnEarlierRunLeftIsNotWrittenOver() throws IOException {
        begun(open(), hash(1)).close();
        NarStore store = open();
        try (PartialNar other = store.create(hash(1))) {
            other.markResumable();
            assertEquals(2, partial().size());
        }
        assertLeft(true, store, hash(1));
    }

    @Test
    void ofSeveralForOneNarTheLastStays() throws IOException {
        NarStore store = open();
        PartialNar first = begun(store, hash(1));
        PartialNar second = begun(store, hash(1));
        store.leave(hash(1), second);
        now = now.plusSeconds(1);
        store.leave(hash(1), first);
        assertEquals(Set.of(hash(1).base32() + ".0.resumable"), partial());
        PartialNar third = begun(store, hash(1));
        now = now.minusSeconds(9);
        store.leave(hash(1), third);
        assertEquals(Set.of(hash(1).base32() + ".0.resumable"), partial());
        assertLeft(true, store, hash(1));
    }

    @Test
    void whatNobodyAskedForAWeekGoes() throws IOException {
        NarStore store = open();
        store.leave(hash(1), begun(store, hash(1)));
        store.leave(hash(2), begun(store, hash(2)));
        Path old = state.resolve("partial/" + hash(1).base32() + ".0.resumable");
        Path young = state.resolve("partial/" + hash(2).base32() + ".1.resumable");
        Files.setLastModifiedTime(old, FileTime.from(now.minus(Leftovers.LONGEST).minus(Duration.ofMinutes(1))));
        Files.setLastModifiedTime(young, FileTime.from(now.minus(Leftovers.LONGEST).plus(Duration.ofMinutes(1))));
        open();
        assertEquals(Set.of(young.getFileName().toString()), partial());
        // A clock that was set back makes nothing old.
        now = now.minus(Duration.ofDays(365));
        open();
        assertEquals(Set.of(young.getFileName().toString()), partial());
    }

    /** Files of holes, so that nothing is written. */
    private void leave(NarStore store, int number, long bytes) throws IOException {
        PartialNar nar = begun(store, hash(number));
        try (RandomAccessFile file = new RandomAccessFile(nar.file().toFile(), "rw")) {
            file.setLength(bytes);
        }
        now = now.plusSeconds(1);
        Files.setLastModifiedTime(nar.file(), FileTime.from(now));
        store.leave(hash(number), nar);
    }

    private List<Boolean> left(int numbers) throws IOException {
        Set<String> there = partial();
        return Stream.iterate(1, n -> n <= numbers, n -> n + 1)
                .map(n -> there.stream().anyMatch(name -> name.startsWith(hash(n).base32()))).toList();
    }

    @Test
    void whatTakesUpTooMuchGoesOldestFirst() throws IOException {
        NarStore store = open();
        leave(store, 1, Leftovers.MOST_BYTES / 2);
        leave(store, 2, Leftovers.MOST_BYTES / 4);
        leave(store, 3, Leftovers.MOST_BYTES / 4);
        assertEquals(List.of(true, true, true), left(3));
        leave(store, 4, Leftovers.MOST_BYTES / 4);
        assertEquals(List.of(false, true, true, true), left(4));
        leave(store, 5, Leftovers.MOST_BYTES + 1);
        assertEquals(List.of(false, true, true, true, false), left(5));
    }

    @Test
    void noMoreIsLeftThanTheDiskHasBeside() throws IOException {
        free = 2_000;
        NarStore store = open();
        leave(store, 1, 1_000);
        leave(store, 2, 1_000);
        assertEquals(List.of(true, true), left(2));
        free = 1_500;
        open();
        assertEquals(List.of(false, true), left(2));
        free = 0;
        open();
        assertEquals(Set.of(), partial());
    }

    /** As much is free as all leftovers together do not take. */
    private void diskOf(long bytes) {
        free = 0;
        disk = bytes;
    }

    private long freeNow() {
        if (disk < 0) {
            return free;
        }
        try (Stream<Path> files = Files.list(state.resolve("partial"))) {
            return disk - files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aNarThatComesTakesTheRoomOfLeftoversOldestFirst() throws IOException {
        NarStore store = open();
        for (int number = 1; number <= 4; number++) {
            leave(store, number, 1_000);
        }
        diskOf(4_500);
        store.requireRoom(hash(5), new NarSize(500), Optional.empty());
        assertEquals(List.of(true, true, true, true), left(4));
        store.requireRoom(hash(5), new NarSize(2_100), Optional.empty());
        assertEquals(List.of(false, false, true, true), left(4));
    }

    @Test
    void aNarForWhichThereIsNoRoomIsNotBegun() throws IOException {
        NarStore store = open();
        leave(store, 1, 1_000);
        leave(store, 2, 1_000);
        diskOf(3_000);
        IOException refused = assertThrows(IOException.class,
                () -> store.requireRoom(hash(3), new NarSize(3_001), Optional.empty()));
        assertEquals("no room for it: 3001 bytes are needed, and 3000 are free", refused.getMessage());
        leave(store, 4, 1_000);
        Optional<PartialNar> left = store.takeLeftover(hash(4), new NarSize(5_000));
        // What is there of it already needs no more room.
        store.requireRoom(hash(4), new NarSize(3_000), left);
        assertThrows(IOException.class, () -> store.requireRoom(hash(4), new NarSize(5_000), left));
        disk = -1;
        free = 5_000;
        assertTrue(store.takeLeftover(hash(4), new NarSize(5_000)).isPresent(), "it stays for another time");
    }

    @Test
    void leftoversGoWhileTheDiskFills() throws IOException {
        NarStore store = open();
        for (int number = 1; number <= 3; number++) {
            leave(store, number, 1_000);
        }
        diskOf(DiskRoom.RESERVE + 1_500);
        try (PartialNar nar = store.create(hash(4))) {
            for (int i = 0; i < 100; i++) {
                nar.write(0, BLOCK, 0, BLOCK.length);
            }
        }
        assertEquals(List.of(false, false, true), left(3));
    }

    /** What fails for another reason than want of room costs no leftover. */
    @Test
    void aFileThatCannotBeWrittenCostsNoLeftover() throws IOException {
        NarStore store = open();
        leave(store, 1, 1_000);
        PartialNar nar = store.create(hash(2));
        nar.close();
        assertThrows(ClosedChannelException.class, () -> nar.write(0, BLOCK, 0, BLOCK.length));
        assertEquals(List.of(true), left(1));
    }

    @Test
    void whatIsLargerThanTheNarIsNotOfIt() throws IOException {
        NarStore store = open();
        leave(store, 1, SIZE.bytes() + 1);
        leave(store, 2, SIZE.bytes());
        assertLeft(false, store, hash(1));
        assertLeft(true, store, hash(2));
        assertEquals(List.of(false, true), left(2));
    }

    @Test
    void whatSomebodyTookAwayIsNotMissed() throws IOException {
        NarStore store = open();
        store.leave(hash(1), begun(store, hash(1)));
        Files.delete(state.resolve("partial/" + hash(1).base32() + ".0.resumable"));
        assertLeft(false, store, hash(1));
        store.create(hash(1)).close();
    }
}
