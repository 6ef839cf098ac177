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
import java.util.Set;
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
    private Path file;

    @BeforeEach
    void parse() throws Exception {
        hello = StorePath.parse("/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        other = StorePath.parse("/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-other");
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
        exclusions.exclude(List.of(hello, other));
        assertEquals(Set.of(hello, other), paths());
        exclusions.include(hello);
        assertEquals(Set.of(other), paths());
        assertEquals(Set.of(other), exclusions.known().paths());
        assertEquals(1, exclusions.additions());
        assertEquals("guix-p2p excluded items 1\n" + other + "\nend\n", Files.readString(file));
    }

    /** A listing that is older than the last one is thrown away: not for what was known to it. */
    @Test
    void whatIsExcludedAlreadyIsNoAddition() throws Exception {
        Exclusions exclusions = new Exclusions(state);
        exclusions.exclude(List.of(hello));
        exclusions.exclude(List.of(hello));
        exclusions.exclude(List.of());
        assertEquals(1, exclusions.additions());
        exclusions.include(hello);
        exclusions.exclude(List.of(hello));
        assertEquals(2, exclusions.additions());
        assertEquals(2, exclusions.known().additions());
    }

    @Test
    void whatWasKnownHoldsWhenTheDirectoryIsGoneAndIsWrittenWhenItIsBack() throws Exception {
        Exclusions exclusions = new Exclusions(state);
        exclusions.exclude(List.of(hello));
        Path elsewhere = state.resolveSibling("elsewhere");
        Files.move(state, elsewhere);
        assertThrows(IOException.class, () -> exclusions.exclude(List.of(other)));
        assertEquals(Set.of(hello), exclusions.known().paths());
        assertTrue(exclusions.isExcluded(hello));
        Files.createDirectory(state);
        exclusions.exclude(List.of(hello));
        assertEquals(Set.of(hello), paths());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "guix-p2p excluded items 1\n", "guix-p2p excluded items 2\nend\n",
        "guix-p2p excluded items 1\n/gnu/store/hello\nend\n"})
    void aFileThatMakesNoSenseIsNeverTakenForAnEmptyOne(String content) throws Exception {
        Files.writeString(file, content);
        Exclusions exclusions = new Exclusions(state);
        String said = String.valueOf(assertThrows(IOException.class, exclusions::known).getMessage());
        assertTrue(said.startsWith(file + ", which says what of the store must not be offered, is damaged: "), said);
        assertThrows(IOException.class, () -> exclusions.exclude(List.of(hello)));
        assertThrows(IOException.class, () -> exclusions.include(hello));
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
        assertThrows(IOException.class, () -> exclusions.exclude(List.of(hello)));
        assertEquals(0, exclusions.additions());
        assertEquals(Set.of(), exclusions.known().paths());
        Files.createDirectory(state.resolve("later"));
        exclusions.exclude(List.of(hello));
        assertEquals(Set.of(hello), exclusions.known().paths());
    }

    @Test
    void whatComesAfterTheEndIsRefused() throws Exception {
        Exclusions exclusions = new Exclusions(state);
        exclusions.exclude(List.of(hello));
        byte[] before = Files.readAllBytes(file);
        exclusions.close();
        assertThrows(IOException.class, () -> exclusions.exclude(List.of(other)));
        assertThrows(IOException.class, () -> exclusions.include(hello));
        assertArrayEquals(before, Files.readAllBytes(file));
    }
}
