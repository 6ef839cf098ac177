// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Items by the vectors of BEP 44, and by keys of our own. */
class DhtItemTest {
    private static final Octets HELLO = Octets.ascii("12:Hello World!");
    private static final Octets KEY = hex("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548");
    private static final Octets SALT = Octets.ascii("foobar");

    static final DhtItem.Mutable PLAIN = new DhtItem.Mutable(KEY, Octets.EMPTY, 1, HELLO,
            hex("305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff"
                    + "1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01"));
    static final DhtItem.Mutable SALTED = new DhtItem.Mutable(KEY, SALT, 1, HELLO,
            hex("6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d"
                    + "df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08"));

    private static Octets hex(String digits) {
        return Octets.of(HexFormat.of().parseHex(digits));
    }

    @Test
    void theMutableItemOfTheBep() {
        assertArrayEquals(BencodeTest.latin1("3:seqi1e1:v12:Hello World!"),
                DhtItem.Mutable.signed(Octets.EMPTY, 1, HELLO));
        assertEquals("4a533d47ec9c7d95b1ad75f576cffc641853b750", PLAIN.target().toString());
        assertTrue(PLAIN.isSigned());
    }

    @Test
    void theSaltedItemOfTheBep() {
        assertArrayEquals(BencodeTest.latin1("4:salt6:foobar3:seqi1e1:v12:Hello World!"),
                DhtItem.Mutable.signed(SALT, 1, HELLO));
        assertEquals("411eba73b6f087ca51a3795d9c8c938d365e32c1", SALTED.target().toString());
        assertTrue(SALTED.isSigned());
        DhtItem.Mutable asAnswered = SALTED.withSalt(Octets.EMPTY);
        assertFalse(asAnswered.isSigned());
        assertEquals(SALTED, asAnswered.withSalt(SALT));
    }

    @Test
    void theImmutableItemOfTheBep() {
        assertEquals("e5f96f6f38320f0f33959cb4d3d656452117aadb", new DhtItem.Immutable(HELLO).target().toString());
    }

    @Test
    void nothingElseHasThatSignature() {
        for (DhtItem.Mutable item : new DhtItem.Mutable[]{PLAIN, SALTED}) {
            for (int i = 0; i < 64; i++) {
                assertFalse(new DhtItem.Mutable(KEY, item.salt(), 1, HELLO, changed(item.signature(), i)).isSigned());
                assertFalse(
                        new DhtItem.Mutable(changed(KEY, i % 32), item.salt(), 1, HELLO, item.signature()).isSigned());
            }
            assertFalse(new DhtItem.Mutable(KEY, item.salt(), 2, HELLO, item.signature()).isSigned());
            assertFalse(new DhtItem.Mutable(KEY, item.salt(), 1, Octets.ascii("12:Hello World?"), item.signature())
                    .isSigned());
            assertFalse(item.withSalt(Octets.ascii("foobaz")).isSigned());
        }
    }

    private static Octets changed(Octets octets, int index) {
        byte[] bytes = octets.bytes();
        bytes[index] ^= 1;
        return Octets.of(bytes);
    }

    /** Keys and signatures that are no points or numbers of the curve are wrong, and nothing worse. */
    @Property(tries = 100)
    void noiseIsNoSignature(@ForAll @Size(32) byte[] key, @ForAll @Size(64) byte[] signature) {
        assertFalse(new DhtItem.Mutable(Octets.of(key), SALT, 1, HELLO, Octets.of(signature)).isSigned());
    }

    @Test
    void aKeyThatIsNoPointHasSignedNothing() {
        byte[] ones = new byte[64];
        Arrays.fill(ones, (byte) 0xff);
        assertFalse(
                new DhtItem.Mutable(Octets.of(Arrays.copyOf(ones, 32)), SALT, 1, HELLO, SALTED.signature()).isSigned());
        assertFalse(new DhtItem.Mutable(KEY, SALT, 1, HELLO, Octets.of(ones)).isSigned());
    }

    /**
     * Every encoding of a point of small order, with y below the field's size and not: with such a key and 0 for the secret's
     * share, a point of small order is a signature of every eighth message or so.
     */
    @ParameterizedTest
    @ValueSource(strings = {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"})
    void aKeyOfSmallOrderHasSignedNothing(String y) {
        for (int sign : new int[]{0, 0x80}) {
            byte[] point = hex(y).bytes();
            point[31] |= (byte) sign;
            for (int sequence = 0; sequence < 100; sequence++) {
                for (byte[] share : List.of(point, hex("01" + "00".repeat(31)).bytes())) {
                    DhtItem.Mutable forged = new DhtItem.Mutable(Octets.of(point), SALT, sequence, HELLO,
                            Octets.of(Arrays.copyOf(share, 64)));
                    assertFalse(forged.isSigned(), forged::toString);
                }
            }
        }
    }

    @Property(tries = 50)
    void whatIsSignedVerifies(@ForAll @Size(max = 64) byte[] salt, @ForAll @LongRange(min = 0) long sequence,
            @ForAll @Size(max = 900) byte[] text, @ForAll @IntRange(max = 63) int place) throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = pair.getPublic().getEncoded();
        Octets raw = Octets.of(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        DhtItem.Mutable item = DhtItem.Mutable.sign(pair.getPrivate(), raw, Octets.of(salt), sequence,
                Octets.of(BencodeWriter.encode(text)));
        assertTrue(item.isSigned());
        assertFalse(new DhtItem.Mutable(raw, item.salt(), sequence, item.value(), changed(item.signature(), place))
                .isSigned());
        assertEquals(DhtItem.Mutable.target(raw, item.salt()), item.target());
        assertNotEquals(item.target(), item.withSalt(changed(Octets.of(new byte[9]), 3)).target());
    }

    @Test
    void anotherKindOfKeySignsNothing() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        assertThrows(InvalidKeyException.class,
                () -> DhtItem.Mutable.sign(pair.getPrivate(), KEY, SALT, 1, HELLO));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "i1", "i1ei2e", "d1:bi1e1:ai1ee", "d1:ai1e1:ai1ee", "ld1:bi1e1:ai1eee", "x",
        "i01e"})
    void whatIsNotOneBencodedValueInOrderIsNoItem(String value) {
        assertThrows(IllegalArgumentException.class, () -> new DhtItem.Immutable(Octets.ascii(value)));
        assertThrows(IllegalArgumentException.class,
                () -> new DhtItem.Mutable(KEY, SALT, 1, Octets.ascii(value), PLAIN.signature()));
    }

    @Test
    void itemsKeepToTheirBounds() {
        Octets longest = Octets.of(BencodeWriter.encode(new byte[996]));
        assertEquals(DhtItem.MAX_VALUE, new DhtItem.Immutable(longest).value().length());
        Octets tooLong = Octets.of(BencodeWriter.encode(new byte[997]));
        assertThrows(IllegalArgumentException.class, () -> new DhtItem.Immutable(tooLong));
        Octets signature = PLAIN.signature();
        assertEquals(64, new DhtItem.Mutable(KEY, Octets.of(new byte[64]), 0, HELLO, signature).salt().length());
        refused(KEY, Octets.of(new byte[65]), 0, signature);
        refused(Octets.of(new byte[31]), SALT, 0, signature);
        refused(Octets.of(new byte[33]), SALT, 0, signature);
        refused(KEY, SALT, -1, signature);
        refused(KEY, SALT, 0, Octets.of(new byte[63]));
        refused(KEY, SALT, 0, Octets.of(new byte[65]));
    }

    private static void refused(Octets key, Octets salt, long sequence, Octets signature) {
        assertThrows(IllegalArgumentException.class, () -> new DhtItem.Mutable(key, salt, sequence, HELLO, signature));
    }
}
