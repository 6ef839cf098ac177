// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.guixp2p.node.setup.UnitFile.Assignment;
import org.junit.jupiter.api.Test;

class UnitFileTest {
    @Test
    void assignmentsHaveTheirSectionAndGoOnAfterABackslash() {
        assertEquals(
                List.of(new Assignment("Unit", "Description", "x"), new Assignment("Service", "ExecStart", "/a  b  c"),
                        new Assignment("Service", "Environment", ""), new Assignment("Service", "User", "y=z")),
                UnitFile.parse("""
                        # comment
                        [Unit]
                        Description = x
                        no assignment

                        [Service]
                        ExecStart=/a \\
                          ; a comment in between
                          b \\
                          c
                        Environment=
                        User=y=z
                        """));
    }

    @Test
    void wordsAreQuotedInEitherWay() {
        assertEquals(List.of("a", "b c", "d'e", "f\"g", "", "h i"),
                UnitFile.words("  a \"b c\" d\\'e 'f\"g'\t\"\" h\\ i "));
        assertEquals(List.of(), UnitFile.words("  "));
        assertEquals(List.of("open end\\"), UnitFile.words("\"open end\\"));
    }

    @Property(tries = 200)
    void whatIsQuotedIsReadAsOneWord(@ForAll @StringLength(max = 20) @CharRange(from = ' ', to = '~') String text) {
        assertEquals(List.of(text.replace("%", "%%")), UnitFile.words(UnitFile.quote(text)));
    }
}
