// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.Trees;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a restorer leaves behind of a tree that proved wrong: nothing, in {@code .links} neither. */
class RestorerAbortTest {
    private static final TreeNode WRONG = Directory.of(Map.of("a", new RegularFile("a".repeat(9000)), "b",
            new RegularFile("b".repeat(9000)), "same", new RegularFile("a".repeat(9000))));

    @TempDir
    Path store;

    @AfterEach
    void makeDeletable() {
        Trees.makeDeletable(store);
    }

    private Restorer restorer(String name) throws IOException {
        return new Restorer(store.resolve(name), new Deduplicator(store.resolve(".links")));
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(store.resolve(".links"))) {
            return entries.sorted().toList();
        }
    }

    @Test
    void takesItsEntriesBack() throws Exception {
        try (Restorer right = restorer("right")) {
            new RegularFile("b".repeat(9000)).tell(right);
        }
        List<Path> before = entries();
        Restorer wrong = restorer("wrong");
        WRONG.tell(wrong);
        assertEquals(2, entries().size());
        wrong.abort();
        assertEquals(before, entries());
        assertFalse(Files.exists(store.resolve("wrong")));
        assertEquals(9000, Files.size(store.resolve("right")));
    }

    @Test
    void takesThemBackFromATreeThatIsNotComplete() throws Exception {
        try (Restorer cut = restorer("cut")) {
            cut.startDirectory();
            cut.entry(new EntryName("a"));
            new RegularFile("a".repeat(9000)).tell(cut);
            assertEquals(1, entries().size());
        }
        assertEquals(List.of(), entries());
    }

    @Test
    void leavesWhatBecameSomebodyElses() throws Exception {
        Restorer wrong = restorer("wrong");
        WRONG.tell(wrong);
        List<Path> made = entries();
        Files.delete(made.getFirst());
        Files.writeString(made.getFirst(), "another file");
        Files.delete(made.getLast());
        wrong.abort();
        assertEquals(List.of(made.getFirst()), entries());
    }

    @Test
    void whoHasLinkedMeanwhileKeepsTheFile() throws Exception {
        Restorer wrong = restorer("wrong");
        WRONG.tell(wrong);
        try (Restorer other = restorer("other")) {
            new RegularFile("a".repeat(9000)).tell(other);
        }
        wrong.abort();
        assertEquals(List.of(), entries());
        assertEquals("a".repeat(9000), Files.readString(store.resolve("other")));
    }

    @Test
    void keepsTheEntriesOfATreeThatIsRight() throws Exception {
        try (Restorer right = restorer("right")) {
            WRONG.tell(right);
        }
        assertEquals(2, entries().size());
    }

    /** A file system may report only when a file is closed that it could not write it. */
    @Test
    void aStepThatFailsKeepsNoOtherFromBeingTaken() {
        List<String> taken = new ArrayList<>();
        List<Closeable> steps = List.of(() -> taken.add("first"), () -> {
            throw new IOException("cannot close");
        }, () -> taken.add("third"), () -> {
            throw new IOException("cannot delete");
        }, () -> taken.add("last"));
        IOException failure = assertThrows(IOException.class, () -> Restorer.closeAll(steps));
        assertEquals("cannot close", failure.getMessage());
        assertEquals("cannot delete", failure.getSuppressed()[0].getMessage());
        assertEquals(List.of("first", "third", "last"), taken);
    }
}
