// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AclTest {
    private static final String KEY = "(public-key (ecc (curve Ed25519) (q"
            + " #2CD6F0A7FC5BCB3B78868A99749273BC540CFD12C7A96369AC9314BC6E79AFAC#)))";
    private static final String GOOD = "(entry " + KEY + " (tag (guix import)))";

    static Acl parse(String text) throws FormatException {
        return Acl.parse(text.getBytes(ISO_8859_1));
    }

    @Test
    void anAclIsWrittenAsItWasRead() throws FormatException {
        byte[] text = Fixtures.bytes("keys/acl");
        Acl acl = Acl.parse(text);
        assertEquals(List.of(PublicKey.parse(Fixtures.bytes("keys/publisher.pub"))), acl.keys());
        assertArrayEquals(text, acl.encoded());
        assertTrue(acl.find(PublicKey.parse(Fixtures.bytes("keys/second.pub"))).isEmpty());
    }

    @Test
    void itsOwnInstanceOfAKeyIsTheOneThatRemembers() throws FormatException {
        Acl acl = parse("(acl " + GOOD + GOOD + ")");
        assertEquals(1, acl.keys().size());
        assertSame(acl.keys().getFirst(), acl.find(PublicKey.parse(KEY.getBytes(ISO_8859_1))).orElseThrow());
    }

    @Test
    void anAclMayBeEmpty() throws FormatException {
        assertEquals(List.of(), parse("(acl)").keys());
    }

    @Test
    void keysThatOnlyGuixKnowsDoNotSpoilTheOthers() throws FormatException {
        Acl acl = parse("(acl (entry (public-key (dsa (y #01#))) (tag (guix import)))" + GOOD + ")");
        assertEquals(2, acl.keys().size());
        assertTrue(acl.find(PublicKey.of(Sexp.parse("(public-key (dsa (y #01#)))"))).isPresent());
        assertEquals(acl.keys(), Acl.parse(acl.encoded()).keys());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "()", "acl", "(ACL)", "(lca)", "(acl x)", "(acl ())", "(acl GOOD (entry KEY))",
        "(acl GOOD (entry KEY (tag (guix export))))", "(acl GOOD (entry KEY (tag (guix import export))))",
        "(acl GOOD (entry KEY (tag (guix import)) (tag (guix import))))", "(acl GOOD (entry KEY (tag guix import)))",
        "(acl GOOD (entry (tag (guix import)) KEY))", "(acl GOOD (exit KEY (tag (guix import))))", "(acl GOOD",
        "(acl GOOD (entry KEY (tag (guix import)) (valid)))", "(acl GOOD) (acl GOOD)", "(acl GOOD (entry KEY (tag)))"})
    void oneBadEntrySpoilsTheWhole(String template) {
        String text = template.replace("GOOD", GOOD).replace("KEY", KEY);
        assertThrows(FormatException.class, () -> parse(text));
    }

    @Test
    void theBadEntryIsNamed() {
        FormatException refused = assertThrows(FormatException.class,
                () -> parse("(acl " + GOOD + "(entry " + KEY + " (tag (guix export))))"));
        assertEquals("ACL: entry 2 is not (entry KEY (tag (guix import)))", refused.getMessage());
    }
}
