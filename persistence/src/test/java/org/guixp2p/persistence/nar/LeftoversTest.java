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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
    private long free = Long.MAX_VALUE / 2;
    private long all = -1;
    /** Whether holes count as they do in practice. */
    private boolean holes;

    /** A small one, or a large one that takes holes for data. */
    private final class TestDisk implements Disk {
        @Override
        public long free() {
            return freeNow();
        }

        @Override
        public long there(Path file) {
            return holes ? new DirectoryDisk(state).there(file) : file.toFile().length();
        }
    }

    private final Disk disk = new TestDisk();

    private NarStore open() throws IOException {
        return NarStore.open(state, () -> now, disk);
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
        PartialNar nar = store.create(hash, SIZE);
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
        try (PartialNar unmarked = store.create(hash(1), SIZE); PartialNar empty = store.create(hash(2), SIZE)) {
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
        try (PartialNar other = store.create(hash(1), SIZE)) {
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
        all = bytes;
    }

    private long freeNow() {
        if (all < 0) {
            return free;
        }
        try (Stream<Path> files = Files.list(state.resolve("partial"))) {
            return all - files.mapToLong(disk::there).sum();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String refused(NarStore store, int number, long bytes) {
        return String.valueOf(assertThrows(IOException.class, () -> store.begin(hash(number), new NarSize(bytes)))
                .getMessage());
    }

    private static PartialNar begin(NarStore store, int number, long bytes) throws IOException {
        return store.begin(hash(number), new NarSize(bytes));
    }

    @Test
    void aNarThatComesTakesTheRoomOfLeftoversOldestFirst() throws IOException {
        NarStore store = open();
        for (int number = 1; number <= 4; number++) {
            leave(store, number, 1_000);
        }
        diskOf(4_500);
        begin(store, 5, 500).close();
        assertEquals(List.of(true, true, true, true), left(4));
        begin(store, 5, 2_100).close();
        assertEquals(List.of(false, false, true, true), left(4));
    }

    /** What would not make enough room does not go in vain, and nothing gets younger by being asked for. */
    @Test
    void aNarForWhichThereIsNoRoomIsNotBegunAndCostsNothing() throws IOException {
        NarStore store = open();
        for (int number = 1; number <= 3; number++) {
            leave(store, number, 1_000);
        }
        diskOf(3_500);
        assertEquals("no room for it: 3501 bytes are needed, and 3500 are free", refused(store, 4, 3_501));
        assertEquals("no room for it: 2501 bytes are needed, and 2500 are free", refused(store, 1, 3_501));
        assertEquals(List.of(true, true, true), left(3));
        // What is there of it already needs no more room; it is as old as ever for others.
        try (PartialNar again = begin(store, 1, 3_500)) {
            assertTrue(again.isResumable());
            assertEquals(List.of(true, false, false), left(3));
            again.delete();
        }
        diskOf(4_500);
        leave(store, 1, 1_000);
        leave(store, 2, 1_000);
        now = now.plusSeconds(1);
        assertEquals("no room for it: 3501 bytes are needed, and 3500 are free", refused(store, 1, 4_501));
        begin(store, 4, 3_000).close();
        assertEquals(List.of(false, true), left(2));
    }

    @Test
    void holesTakeNoRoom() throws IOException {
        holes = true;
        NarStore store = open();
        leave(store, 1, 1L << 20);
        leave(store, 2, Leftovers.MOST_BYTES + 1);
        diskOf(100_000);
        store = open();
        assertEquals(List.of(true, true), left(2), "little of them is there");
        long there = disk.there(state.resolve("partial").resolve(hash(1).base32() + ".0.resumable"));
        assertEquals("no room for it: " + ((1L << 20) - there) + " bytes are needed, and " + (100_000 - there)
                + " are free", refused(store, 1, 1L << 20), "and most is yet to be written");
    }

    @Test
    void ofAFileThatIsThereWhatIsNoHole() throws IOException {
        Path file = state.resolve("file");
        try (PartialNar nar = PartialNar.create(file, new NarSize(1 << 20), new DiskRoom(disk, new Leftovers(() -> now,
                disk)))) {
            DirectoryDisk real = new DirectoryDisk(state);
            byte[] block = new byte[1 << 16];
            new Random(1).nextBytes(block);
            nar.write((1 << 20) - block.length, block, 0, block.length);
            nar.force();
            assertTrue(real.there(file) <= block.length);
            assertEquals((1 << 20) - block.length, nar.toCome(real));
            for (int at = 0; at < (1 << 20) - block.length; at += block.length) {
                nar.write(at, block, 0, block.length);
            }
            nar.force();
            assertTrue(real.there(file) <= 1 << 20);
            assertEquals(0, nar.toCome(real));
            nar.delete();
            assertEquals(0, real.there(file));
        }
    }

    @Test
    void whatOthersHaveYetToWriteIsTheirs() throws IOException {
        NarStore store = open();
        diskOf(3_000);
        try (PartialNar first = begin(store, 1, 2_000)) {
            String refusal = "no room for it: 1500 bytes are needed, and 1000 are free beside what others are yet to write";
            assertEquals(refusal, refused(store, 2, 1_500));
            first.write(0, new byte[1_500], 0, 1_500);
            assertEquals(refusal, refused(store, 2, 1_500));
            try (PartialNar second = begin(store, 2, 1_000)) {
                assertEquals("no room for it: 1 bytes are needed, and 0 are free beside what others are yet to write",
                        refused(store, 3, 1));
                second.delete();
            }
            first.write(1_500, new byte[500], 0, 500);
            first.markResumable();
            assertEquals("no room for it: 1500 bytes are needed, and 1000 are free", refused(store, 2, 1_500));
            first.delete();
            begin(store, 2, 3_000).close();
        }
        // Whoever begins again is not asked, but has the room all the same.
        try (PartialNar again = store.create(hash(4), new NarSize(2_999))) {
            assertEquals("no room for it: 2 bytes are needed, and 1 are free beside what others are yet to write",
                    refused(store, 5, 2));
            again.delete();
        }
    }

    /** A disk that compresses makes little of what is much. */
    @Test
    void whatWasWrittenIsNotYetToComeThoughLittleOfItIsThere() throws IOException {
        Disk small = new Disk() {
            @Override
            public long free() {
                return 3_000;
            }

            @Override
            public long there(Path file) {
                return file.toFile().length() / 10;
            }
        };
        NarStore store = NarStore.open(state, () -> now, small);
        try (PartialNar first = begin(store, 1, 2_000)) {
            first.write(0, new byte[1_500], 0, 1_500);
            assertEquals("no room for it: 2501 bytes are needed, and 2500 are free beside what others are yet to write",
                    refused(store, 2, 2_501));
            first.delete();
        }
    }

    @Test
    void whatIsNotGoneOnWithKeepsNoRoomFromOthers() throws IOException {
        NarStore store = open();
        diskOf(3_000);
        try (PartialNar first = begin(store, 1, 2_000)) {
            first.write(0, new byte[500], 0, 500);
            refused(store, 2, 2_500);
            first.complete();
            begin(store, 2, 2_500).close();
            first.delete();
        }
    }

    @Test
    void leftoversGoForWhatOthersHaveYetToWrite() throws IOException {
        NarStore store = open();
        leave(store, 1, 1_000);
        leave(store, 2, 1_000);
        diskOf(5_000);
        try (PartialNar _ = begin(store, 3, 2_500); PartialNar _ = begin(store, 4, 1_500)) {
            assertEquals(List.of(false, true), left(2));
        }
    }

    /** Each would fit by itself. */
    @Test
    void ofTwoThatBeginTogetherOneIsBegun() throws Exception {
        NarStore store = open();
        diskOf(3_000);
        for (int round = 0; round < 50; round++) {
            CyclicBarrier together = new CyclicBarrier(2);
            List<Future<PartialNar>> begun = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                for (int number = 1; number <= 2; number++) {
                    NarHash hash = hash(number);
                    begun.add(threads.submit(() -> {
                        together.await();
                        return store.begin(hash, new NarSize(2_000));
                    }));
                }
            }
            List<PartialNar> files = new ArrayList<>();
            for (Future<PartialNar> one : begun) {
                if (one.state() == Future.State.SUCCESS) {
                    files.add(one.resultNow());
                } else {
                    assertTrue(String.valueOf(one.exceptionNow().getMessage()).startsWith("no room for it: "));
                }
            }
            assertEquals(1, files.size());
            files.getFirst().delete();
            files.getFirst().close();
        }
    }

    @Test
    void leftoversGoWhileTheDiskFills() throws IOException {
        NarStore store = open();
        for (int number = 1; number <= 3; number++) {
            leave(store, number, 1_000);
        }
        diskOf(DiskRoom.RESERVE + 1_500);
        try (PartialNar nar = store.create(hash(4), SIZE)) {
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
        PartialNar nar = store.create(hash(2), SIZE);
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
        store.create(hash(1), SIZE).close();
    }
}
