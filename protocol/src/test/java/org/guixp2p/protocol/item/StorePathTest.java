// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.testing.FixtureItems;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorePathTest {
    private static final String HASH = "y0h4g6321gwygvwv47kr4bc8y0lf49fs";
    private static final String PATH = "/gnu/store/" + HASH + "-hello-2.12.1";

    @Provide
    Arbitrary<String> baseNames() {
        Arbitrary<String> hashes = Arbitraries.strings().withChars("0123456789abcdfghijklmnpqrsvwxyz").ofLength(32);
        Arbitrary<String> names = Arbitraries.strings().withCharRange('a', 'z').withCharRange('A', 'Z').numeric()
                .withChars("+-._?=").ofMinLength(1).ofMaxLength(211).filter(name -> name.charAt(0) != '.');
        return Combinators.combine(hashes, names).as((hash, name) -> hash + "-" + name);
    }

    @Nested
    class Correct {
        @Test
        void readsAPath() throws Exception {
            StorePath path = StorePath.parse(PATH);
            assertEquals(HASH, path.hashPart());
            assertEquals("hello-2.12.1", path.name());
            assertEquals(PATH, path.path());
            assertEquals(PATH, path.toString());
            assertEquals(path, StorePath.parseBaseName(HASH + "-hello-2.12.1"));
            assertEquals(path, new StorePath(HASH + "-hello-2.12.1"));
        }

        @Test
        void readsThePathsOfARealStore() {
            assertEquals(11, FixtureItems.all().size());
        }

        @Test
        void takesEveryCharacterThatANameMayHave() throws Exception {
            assertEquals("aZ09+-._?=", StorePath.parseBaseName(HASH + "-aZ09+-._?=").name());
        }

        @Test
        void takesTheLongestName() throws Exception {
            assertEquals(211, StorePath.parseBaseName(HASH + "-" + "x".repeat(211)).name().length());
        }

        @Test
        void ordersByItsText() throws Exception {
            assertTrue(StorePath.parse(PATH).compareTo(StorePath.parse(PATH + "-doc")) < 0);
        }
    }

    @Property
    void everyPathComesBack(@ForAll("baseNames") String baseName) throws FormatException {
        StorePath path = StorePath.parseBaseName(baseName);
        assertEquals(path, StorePath.parse(path.path()));
        assertEquals(baseName, path.hashPart() + "-" + path.name());
    }

    @Nested
    class Insufficient {
        @Test
        void refusesEveryShorterPathUpToItsName() {
            for (int length = 0; length < "/gnu/store/".length() + 34 - 1; length++) {
                String cut = PATH.substring(0, length);
                assertThrows(FormatException.class, () -> StorePath.parse(cut), cut);
            }
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(strings = {"/nix/store/" + HASH + "-x", "gnu/store/" + HASH + "-x", "/gnu/store//" + HASH + "-x",
            PATH + "/bin/hello", PATH + "/", PATH + " ", PATH + "\n", PATH + "\0", "/gnu/store/" + HASH + "-.hidden",
            "/gnu/store/" + HASH + "-ü", "/gnu/store/../" + HASH + "-x", "/gnu/store/" + HASH + "_x",
            "/gnu/store/e0h4g6321gwygvwv47kr4bc8y0lf49fs-x", "/gnu/store/Y0h4g6321gwygvwv47kr4bc8y0lf49fs-x"})
        void refusesWhatIsNoStorePath(String path) {
            FormatException refused = assertThrows(FormatException.class, () -> StorePath.parse(path));
            assertTrue(String.valueOf(refused.getMessage()).startsWith("store "), refused.getMessage());
        }

        @Test
        void cannotBeMadeInvalid() {
            assertThrows(IllegalArgumentException.class, () -> new StorePath("hello"));
        }
    }

    @Nested
    class InvalidLength {
        @ParameterizedTest
        @ValueSource(ints = {212, 1000, 1_000_000})
        void refusesALongName(int length) {
            FormatException refused = assertThrows(FormatException.class,
                    () -> StorePath.parseBaseName(HASH + "-" + "x".repeat(length)));
            assertTrue(String.valueOf(refused.getMessage()).length() < 200);
        }

        @Test
        void refusesAnEmptyName() {
            assertThrows(FormatException.class, () -> StorePath.parseBaseName(HASH + "-"));
        }

        @Test
        void refusesALongHash() {
            assertThrows(FormatException.class, () -> StorePath.parseBaseName("0" + HASH + "-x"));
        }
    }
}
