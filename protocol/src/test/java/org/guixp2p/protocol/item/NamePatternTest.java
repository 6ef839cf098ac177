// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {
    private static final String HASH = "y0h4g6321gwygvwv47kr4bc8y0lf49fs";

    private static StorePath named(String name) {
        return new StorePath(HASH + "-" + name);
    }

    @ParameterizedTest
    @CsvSource({"hello-2.12.1,hello-2.12.1,true", "hello,hello-2.12.1,false", "hello*,hello-2.12.1,true",
        "*-linux-libre-*,linux-libre-6.9,true", "*-linux-libre-*,my-linux-libre-6.9,true",
        "*-linux-libre-*,linux-libre,false", "-hello-*,hello-2,true", "y0h4*,hello,false", "*y0h4*,hello,false",
        "h?llo*1,hello-2.12.1,true", "*,a,true", "**l**o,hello,true", "hello?,hello,false", "?,ab,false"})
    void theNameIsMatchedAndNotTheHash(String glob, String name, boolean matches) throws FormatException {
        assertEquals(matches, NamePattern.parse(glob).matches(named(name)));
    }

    /** By another way to say the same. */
    @Property(tries = 2000)
    void starsStandForAnything(@ForAll @Chars({'a', 'b', '*', '?'}) @StringLength(min = 1, max = 8) String glob,
            @ForAll @CharRange(from = 'a', to = 'b') @StringLength(min = 1, max = 10) String name) {
        Pattern same = Pattern.compile(glob.chars()
                .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : String.valueOf((char) c))
                .collect(Collectors.joining()));
        assertEquals(same.matcher(name).matches() || same.matcher("-" + name).matches(),
                new NamePattern(glob).matches(named(name)));
    }

    @Test
    void manyStarsCostLittle() {
        NamePattern nasty = new NamePattern("a*".repeat(100) + "b");
        assertFalse(nasty.matches(named("a".repeat(StorePath.MAX_NAME_LENGTH))));
        assertTrue(nasty.matches(named("a".repeat(StorePath.MAX_NAME_LENGTH - 1) + "b")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "/gnu/store/*", "a b", "[ab]*", "ä"})
    void whatNoNameCanMatchIsRefused(String glob) {
        assertThrows(FormatException.class, () -> NamePattern.parse(glob));
        assertThrows(IllegalArgumentException.class, () -> new NamePattern("a".repeat(StorePath.MAX_NAME_LENGTH + 1)));
    }
}
