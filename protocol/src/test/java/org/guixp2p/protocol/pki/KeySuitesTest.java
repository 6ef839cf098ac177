// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.guixp2p.protocol.testing.Suites.refusal;
import static org.guixp2p.protocol.testing.Suites.refusesPrefixes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.Suites;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ACLs, public and secret keys, and signatures: what is cut, and what is too long. */
class KeySuitesTest {
    private static final Sha256 HASH = Sha256.hash(new byte[]{1, 2, 3});

    private static final Suites.Parser ACL = text -> Acl.parse(text.getBytes(ISO_8859_1));
    private static final Suites.Parser PUBLIC = text -> PublicKey.parse(text.getBytes(ISO_8859_1));
    private static final Suites.Parser SECRET = text -> SigningKey.parse(text.getBytes(ISO_8859_1));

    private static String fixture(String name) {
        return new String(Fixtures.bytes("keys/" + name), ISO_8859_1);
    }

    @Nested
    class Correct {
        @Test
        void theFixturesAreReadInEverySpelling() throws FormatException {
            for (String name : List.of("publisher", "second", "rsa")) {
                PublicKey key = PublicKey.parse(Fixtures.bytes("keys/" + name + ".pub"));
                assertEquals(key, PublicKey.parse(key.sexp().canonical()));
                SigningKey secret = SigningKey.parse(Fixtures.bytes("keys/" + name + ".sec"));
                assertEquals(key, secret.publicKey());
                Sexp canonical = Sexp.parse(Sexp.parse(secret.encoded()).canonical());
                assertEquals(key, SigningKey.parse(canonical.canonical()).publicKey());
            }
        }
    }

    @Nested
    class Insufficient {
        @ParameterizedTest
        @ValueSource(strings = {"publisher", "rsa"})
        void everyPrefixOfAKeyIsRefused(String name) {
            refusesPrefixes(PUBLIC, fixture(name + ".pub"), fixture(name + ".pub").stripTrailing().length());
            refusesPrefixes(SECRET, fixture(name + ".sec"), fixture(name + ".sec").stripTrailing().length());
        }

        @Test
        void everyPrefixOfAnAclIsRefused() {
            refusesPrefixes(ACL, fixture("acl"), fixture("acl").stripTrailing().length());
        }

        @Test
        void aSignatureWithoutAPartOfItIsNotValid() throws FormatException {
            SigningKey key = SigningKeyTest.fixture("publisher");
            Acl acl = Acl.of(List.of(key.publicKey()));
            Sexp.SexpList whole = (Sexp.SexpList) GuixSignature.sign(HASH, key).sexp();
            assertInstanceOf(SignatureStatus.Valid.class, new GuixSignature(whole).status(HASH, acl));
            int[] judged = new int[1];
            withoutOneItem(whole, less -> {
                judged[0]++;
                SignatureStatus status = new GuixSignature(less).status(HASH, acl);
                assertTrue(!(status instanceof SignatureStatus.Valid), less::toString);
            });
            assertTrue(judged[0] > 20, judged[0] + " parts");
        }

        private interface Judge {
            void judge(Sexp less);
        }

        /** Takes away each item of each list, one at a time. */
        private static void withoutOneItem(Sexp.SexpList list, Judge judge) {
            for (int i = 0; i < list.size(); i++) {
                List<Sexp> less = new ArrayList<>(list.items());
                less.remove(i);
                judge.judge(new Sexp.SexpList(less));
                if (list.items().get(i) instanceof Sexp.SexpList inner) {
                    int at = i;
                    withoutOneItem(inner, changed -> {
                        List<Sexp> items = new ArrayList<>(list.items());
                        items.set(at, changed);
                        judge.judge(new Sexp.SexpList(items));
                    });
                }
            }
        }
    }

    @Nested
    class Invalid {
        @Test
        void keysOfOneKindAreNotThoseOfAnother() {
            refusal(PUBLIC, fixture("publisher.sec"));
            refusal(SECRET, fixture("publisher.pub"));
            refusal(ACL, fixture("publisher.pub"));
            refusal(PUBLIC, fixture("acl"));
            refusal(PUBLIC, fixture("publisher.pub") + fixture("second.pub"));
        }

        @Test
        void bytesThatAreNoTextAreRefused() {
            byte[] garbage = new byte[1000];
            new Random(1).nextBytes(garbage);
            String text = new String(garbage, ISO_8859_1);
            for (Suites.Parser parser : List.of(ACL, PUBLIC, SECRET)) {
                refusal(parser, text);
                refusal(parser, "\0".repeat(100));
                refusal(parser, "(" + text + ")");
            }
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void textsEndSomewhere() {
            for (Suites.Parser parser : List.of(ACL, PUBLIC, SECRET)) {
                assertTrue(refusal(parser, " ".repeat(Sexp.MAX_BYTES + 1)).contains("longer than"));
                refusal(parser, "(".repeat(Sexp.MAX_BYTES));
                refusal(parser, "9999999:" + "x".repeat(1000));
                refusal(parser, "99999999999999999999:x");
            }
        }

        @Test
        void numbersEndSomewhere() {
            refusal(PUBLIC, fixture("publisher.pub").replaceFirst("#[0-9A-F]+#", "#" + "00".repeat(500_000) + "#"));
            refusal(PUBLIC, fixture("rsa.pub").replaceFirst("\\(n #", "(n #" + "FF".repeat(1024)));
            refusal(SECRET, fixture("publisher.sec").replaceFirst("\\(d #", "(d #" + "FF".repeat(32)));
        }

        @Test
        void aSignatureWithEndlessNumbersIsNotValid() throws FormatException {
            SigningKey key = SigningKeyTest.fixture("publisher");
            String text = new String(GuixSignature.sign(HASH, key).sexp().advanced(), ISO_8859_1)
                    .replaceFirst("\\(r #", "(r #" + "FF".repeat(100_000));
            SignatureStatus status = new GuixSignature(Sexp.parse(text)).status(HASH,
                    Acl.of(List.of(key.publicKey())));
            assertInstanceOf(SignatureStatus.Invalid.class, status);
        }
    }

    @Property(tries = 40)
    void aclsSurviveTheirText(@ForAll @IntRange(max = 6) int count, @ForAll long seed) throws FormatException {
        Random random = new Random(seed);
        List<PublicKey> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] q = new byte[32];
            random.nextBytes(q);
            keys.add(switch (random.nextInt(3)) {
                case 0 -> SigningKey.generate(new SecureRandom()).publicKey();
                // Most are off the curve: Guix keeps such keys too, and so does the text.
                case 1 -> PublicKey.of(Sexp.list(Sexp.atom("public-key"), Sexp.list(Sexp.atom("ecc"),
                        Sexp.list(Sexp.atom("curve"), Sexp.atom("Ed25519")),
                        Sexp.list(Sexp.atom("q"), Sexp.atom(q)))));
                default -> PublicKey.of(Sexp.list(Sexp.atom("odd"), Sexp.atom(Arrays.copyOf(q, 1 + i))));
            });
        }
        Acl acl = Acl.of(keys);
        Acl again = Acl.parse(acl.encoded());
        assertEquals(acl.keys(), again.keys());
        for (PublicKey key : keys) {
            assertTrue(again.find(key).isPresent());
        }
        assertEquals(acl.keys(), Acl.parse(Sexp.parse(acl.encoded()).canonical()).keys());
    }
}
