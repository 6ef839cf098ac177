// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExclusionsTest {
    @TempDir
    private Path directory;
    private Path state;

    private StorePath hello;
    private StorePath other;
    private NarHash nar;
    private Path file;

    @BeforeEach
    void parse() throws Exception {
        hello = StorePath.parse("/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        other = StorePath.parse("/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-other");
        nar = new NarHash(Sha256.hash(new byte[]{1}));
        state = Files.createDirectory(directory.resolve("state"));
        file = state.resolve("store-excluded");
    }

    private Set<StorePath> paths() throws IOException {
        return new Exclusions(state).known().paths();
    }

    @Test
    void whatIsExcludedStaysSoUntilItIsIncluded() throws Exception {
        Exclusions exclusions = new Exclusions(state);
        assertEquals(Set.of(), exclusions.known().paths());
        assertFalse(Files.exists(file));
        exclusions.exclude(hello);
        exclusions.exclude(other);
        assertEquals(Set.of(hello, other), paths());
        exclusions.include(hello, Optional.empty());
        assertEquals(Set.of(other), paths());
        assertEquals(Set.of(other), exclusions.known().paths());
        assertEquals(2, exclusions.additions());
        assertEquals("guix-p2p excluded items 1\n" + other + "\nend\n", Files.readString(file));
    }

    @Test
    void aNarIsExcludedOfWhateverItemUntilItIsIncludedWithOne() throws Exception {
        NarHash otherNar = new NarHash(Sha256.hash(new byte[]{2}));
        Exclusions exclusions = new Exclusions(state);
        assertTrue(exclusions.isExcluded(other, otherNar), "nothing is known yet");
        exclusions.exclude(hello);
        exclusions.exclude(nar);
        exclusions.exclude(otherNar);
        for (Exclusions some : List.of(exclusions, new Exclusions(state))) {
            assertEquals(Set.of(nar, otherNar), some.known().nars());
            assertTrue(some.isExcluded(other, nar));
        }
        exclusions.include(other, Optional.of(otherNar));
        assertTrue(exclusions.isExcluded(other, nar), "it was included with another one");
        assertFalse(exclusions.isExcluded(other, otherNar));
        assertTrue(exclusions.isExcluded(hello, otherNar));
        assertEquals("guix-p2p excluded items 1\n" + hello + "\n" + nar + "\nend\n", Files.readString(file));
        exclusions.include(hello, Optional.of(nar));
        assertFalse(exclusions.isExcluded(hello, nar));
        assertEquals(Set.of(), new Exclusions(state).known().nars());
    }

    /** A listing that is older than the last one is thrown away: not for what was known to it. */
    @Test
    void whatIsExcludedAlreadyIsNoAddition() throws Exception {
        Exclusions exclusions = new Exclusions(state);
        assertEquals(0, exclusions.additions());
        exclusions.exclude(hello);
        exclusions.exclude(hello);
        assertEquals(1, exclusions.additions());
        exclusions.exclude(nar);
        exclusions.exclude(nar);
        assertEquals(2, exclusions.additions());
        exclusions.include(hello, Optional.of(nar));
        assertEquals(2, exclusions.additions());
        exclusions.exclude(hello);
        assertEquals(3, exclusions.additions());
        assertEquals(3, exclusions.known().additions());
    }

    @Test
    void whatWasKnownHoldsWhenTheDirectoryIsGoneAndIsWrittenWhenItIsBack() throws Exception {
        Exclusions exclusions = new Exclusions(state);
        exclusions.exclude(hello);
        Path elsewhere = state.resolveSibling("elsewhere");
        Files.move(state, elsewhere);
        assertThrows(IOException.class, () -> exclusions.exclude(other));
        assertEquals(Set.of(hello), exclusions.known().paths());
        assertTrue(exclusions.isExcluded(hello, nar));
        assertFalse(exclusions.isExcluded(other, nar));
        Files.createDirectory(state);
        exclusions.exclude(hello);
        assertEquals(Set.of(hello), paths());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "guix-p2p excluded items 1\n", "guix-p2p excluded items 2\nend\n",
        "guix-p2p excluded items 1\n/gnu/store/hello\nend\n", "guix-p2p excluded items 1\nsha256:hello\nend\n"})
    void aFileThatMakesNoSenseIsNeverTakenForAnEmptyOne(String content) throws Exception {
        Files.writeString(file, content);
        Exclusions exclusions = new Exclusions(state);
        String said = String.valueOf(assertThrows(IOException.class, exclusions::known).getMessage());
        assertTrue(said.startsWith(file + ", which says what of the store must not be offered, is damaged: "), said);
        assertFalse(said.contains("Exception"), said);
        assertThrows(IOException.class, () -> exclusions.exclude(hello));
        assertThrows(IOException.class, () -> exclusions.include(hello, Optional.empty()));
        assertEquals(content, Files.readString(file));
        Files.delete(file);
        assertEquals(Set.of(), exclusions.known().paths());
    }

    @Test
    void aFileThatCannotBeReadIsNeverTakenForAnEmptyOne() throws Exception {
        Files.createDirectories(file.resolve("something"));
        String said = String.valueOf(assertThrows(IOException.class, this::paths).getMessage());
        assertTrue(said.contains("must not be offered, cannot be read: "), said);
    }

    @Test
    void aFileThatIsTooLargeIsNotRead() throws Exception {
        Files.write(file, new byte[(16 << 20) + 1]);
        assertTrue(String.valueOf(assertThrows(IOException.class, this::paths).getMessage()).contains("more than"));
    }

    @Test
    void whatCannotBeWrittenIsNotExcluded() throws Exception {
        Exclusions exclusions = new Exclusions(state.resolve("later"));
        assertThrows(IOException.class, () -> exclusions.exclude(hello));
        assertEquals(0, exclusions.additions());
        assertEquals(Set.of(), exclusions.known().paths());
        Files.createDirectory(state.resolve("later"));
        exclusions.exclude(hello);
        assertEquals(Set.of(hello), exclusions.known().paths());
    }

    @Test
    void whatComesAfterTheEndIsRefused() throws Exception {
        Exclusions exclusions = new Exclusions(state);
        exclusions.exclude(hello);
        byte[] before = Files.readAllBytes(file);
        exclusions.close();
        assertThrows(IOException.class, () -> exclusions.exclude(other));
        assertThrows(IOException.class, () -> exclusions.include(hello, Optional.empty()));
        assertArrayEquals(before, Files.readAllBytes(file));
    }
}
