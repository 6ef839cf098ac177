// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What peers sign of where they are; the vector is read from docs/wire-protocol.md itself. */
class WhereaboutsTest {
    private static final Pattern SECTION = Pattern.compile("```record-vector\n(.*?)```", Pattern.DOTALL);
    private static final String GOOD = "198.18.0.7:6881";

    private static Octets hex(String digits) {
        return Octets.of(HexFormat.of().parseHex(digits));
    }

    private static InetSocketAddress at(String text) throws FormatException {
        HostAndPort address = HostAndPort.parse(text);
        return new InetSocketAddress(InetAddress.ofLiteral(address.host()), address.port());
    }

    private static Whereabouts record(String... addresses) throws FormatException {
        InetSocketAddress[] all = new InetSocketAddress[addresses.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = at(addresses[i]);
        }
        return new Whereabouts(List.of(all));
    }

    private static Map<String, String> vector() throws IOException {
        Matcher section = SECTION.matcher(Files.readString(Path.of("..", "docs", "wire-protocol.md")));
        assertTrue(section.find());
        return section.group(1).lines().map(line -> line.split(" = ", 2))
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1]));
    }

    /** The first one of RFC 8032, section 7.1, in its encoding of RFC 8410. */
    private static PrivateKey key() throws GeneralSecurityException {
        return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(HexFormat.of().parseHex(
                "302e020100300506032b657004220420"
                        + "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));
    }

    @Test
    void theVectorOfTheDocumentIsTheItemThatItDescribes() throws Exception {
        Map<String, String> vector = vector();
        Octets publicKey = hex(said(vector, "public key"));
        Whereabouts record = record(said(vector, "addresses").split(" "));
        DhtItem.Mutable item = record.signed(key(), publicKey, Long.parseLong(said(vector, "number")));
        assertEquals(said(vector, "target"), item.target().toString());
        assertEquals(said(vector, "value"), item.value().toString());
        assertEquals(said(vector, "signature"), item.signature().toString());
        assertTrue(item.isSigned());
        assertEquals(record, Whereabouts.decode(item.value()));
    }

    private static String said(Map<String, String> vector, String name) {
        return Objects.requireNonNull(vector.get(name), name);
    }

    @Test
    void thoseOfIpv4ComeFirst() throws Exception {
        Whereabouts record = record("[2001:db8::7]:6881", GOOD);
        assertEquals(List.of(at(GOOD), at("[2001:db8::7]:6881")), record.addresses());
        assertEquals(record, Whereabouts.decode(record.encoded()));
    }

    @Test
    void theLongestIsFarFromWhatAnItemHolds() throws Exception {
        String[] all = IntStream.range(0, Whereabouts.MOST).boxed()
                .flatMap(i -> Stream.of("198.18.0." + i + ":6881", "[2001:db8::" + i + "]:6881"))
                .toArray(String[]::new);
        Whereabouts record = record(all);
        assertEquals(record, Whereabouts.decode(record.encoded()));
        assertTrue(record.encoded().length() < 128, () -> record.encoded().length() + " bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:6881", "10.1.2.3:6881", "192.168.1.1:6881", "172.16.0.1:6881",
        "169.254.1.1:6881", "100.64.0.1:6881", "224.0.0.1:6881", "0.0.0.0:6881", "198.18.0.7:1023", "198.18.0.7:53",
        "[::1]:6881",
        "[fe80::1]:6881", "[fc00::1]:6881", "[ff02::1]:6881"})
    void whatIsNotOfTheWorldIsInNoRecord(String address) throws Exception {
        assertThrows(IllegalArgumentException.class, () -> record(GOOD, address));
        BencodeWriter writer = new BencodeWriter().number("v", 1).string("4", Compact.encode(at(GOOD)));
        byte[] compact = Compact.encode(at(address));
        BencodeWriter hostile = compact.length == 6
                ? new BencodeWriter().number("v", 1).string("4", both(Compact.encode(at(GOOD)), compact))
                : writer.string("6", compact);
        assertThrows(FormatException.class, () -> Whereabouts.decode(Octets.of(hostile.encoded())));
    }

    private static byte[] both(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    @Test
    void thereAreNotTooManyNorTheSameTwiceNorNone() throws Exception {
        String[] five = IntStream.range(0, Whereabouts.MOST + 1).mapToObj(i -> "198.18.0." + i + ":6881")
                .toArray(String[]::new);
        assertThrows(IllegalArgumentException.class, () -> record(five));
        assertThrows(IllegalArgumentException.class, () -> record(GOOD, GOOD));
        assertThrows(IllegalArgumentException.class, () -> record());
        byte[] bytes = {};
        for (String address : five) {
            bytes = both(bytes, Compact.encode(at(address)));
        }
        for (BencodeWriter hostile : List.of(new BencodeWriter().number("v", 1),
                new BencodeWriter().number("v", 1).string("4", bytes),
                new BencodeWriter().number("v", 1).string("4",
                        both(Compact.encode(at(GOOD)), Compact.encode(at(GOOD)))),
                new BencodeWriter().number("v", 1).string("4", new byte[5]),
                new BencodeWriter().number("v", 1).string("6", new byte[6]))) {
            assertThrows(FormatException.class, () -> Whereabouts.decode(Octets.of(hostile.encoded())));
        }
    }

    @Test
    void anAddressOfIpv4InTheFormOfIpv6IsNone() throws Exception {
        byte[] mapped = HexFormat.of().parseHex("00000000000000000000ffffc61200071ae1");
        assertThrows(FormatException.class, () -> Whereabouts
                .decode(Octets.of(new BencodeWriter().number("v", 1).string("6", mapped).encoded())));
    }

    @Test
    void ofAnotherVersionItIsNotUnderstoodAndWhatNobodyKnowsIsPassedOver() throws Exception {
        byte[] compact = Compact.encode(at(GOOD));
        for (BencodeWriter other : List.of(new BencodeWriter().number("v", 2).string("4", compact),
                new BencodeWriter().string("4", compact), new BencodeWriter().string("v", "1").string("4", compact))) {
            assertThrows(FormatException.class, () -> Whereabouts.decode(Octets.of(other.encoded())));
        }
        assertEquals(record(GOOD), Whereabouts.decode(
                Octets.of(new BencodeWriter().number("v", 1).string("4", compact).string("x", "more").encoded())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "i1e", "le", "4:spam", "d", "de", "d1:vi1ee", "d1:4i1e1:vi1ee", "d1:4l1:ae1:vi1ee",
        "dede"})
    void garbageIsNoRecord(String value) {
        assertThrows(FormatException.class, () -> Whereabouts.decode(Octets.ascii(value)));
    }
}
