// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAddressTest {
    private static final PeerId ID = PeerId.ofPublicKey(new byte[32]);

    @Test
    void aPeerIsNamedByTheDigestOfItsRawKey() throws FormatException {
        // RFC 8032, section 7.1, test 1.
        byte[] key = HexFormat.of().parseHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        PeerId id = PeerId.ofPublicKey(key);
        assertEquals("21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9", id.digest().hex());
        assertEquals(id, PeerId.parse(id.toString()));
        assertEquals(52, id.toString().length());
    }

    @Test
    void aKeyOfAnotherLengthNamesNobody() {
        assertThrows(IllegalArgumentException.class, () -> PeerId.ofPublicKey(new byte[31]));
        assertThrows(IllegalArgumentException.class, () -> PeerId.ofPublicKey(new byte[33]));
    }

    @Test
    void hexadecimalIsNoPeerId() {
        assertThrows(FormatException.class, () -> PeerId.parse(Sha256.hash(new byte[0]).hex()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:6881", "[::1]:6881", "[2001:db8::7]:1", "peer.example.org:65535", "localhost:80",
        "0.0.0.0:0", "[::]:0", "a_b.c:1"})
    void hostsKeepTheirText(String text) throws FormatException {
        assertEquals(text, HostAndPort.parse(text).toString());
    }

    @Test
    void theZoneOfALinkLocalAddressIsNoneOfOurs() throws UnknownHostException {
        byte[] address = HexFormat.of().parseHex("fe80000000000000021122fffe334455");
        assertEquals("[fe80::211:22ff:fe33:4455]:6881",
                HostAndPort.of(Inet6Address.getByAddress("", address, 2), 6881).toString());
        assertEquals("192.0.2.7:80", HostAndPort.of(InetAddress.getByName("192.0.2.7"), 80).toString());
        byte[] mapped = HexFormat.of().parseHex("00000000000000000000ffffc0000207");
        assertEquals("192.0.2.7:80", HostAndPort.of(Inet6Address.getByAddress("", mapped, -1), 80).toString());
    }

    /** RFC 5952, sections 2 and 4. */
    @ParameterizedTest
    @CsvSource({"2001:db8:0:0:1:0:0:1,2001:db8::1:0:0:1", "2001:0db8:0:0:1:0:0:1,2001:db8::1:0:0:1",
        "2001:DB8::1:0:0:1,2001:db8::1:0:0:1", "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1,2001:0:0:1::1", "0:0:0:0:0:0:0:0,::", "0:0:0:0:0:0:0:1,::1", "1:0:0:0:0:0:0:0,1::",
        "fe80::0:1,fe80::1", "0:0:1::,0:0:1::", "::102:304,::102:304", "::1.2.3.4,::102:304",
        "2001:db8::0001,2001:db8::1", "AAAA:0:0:0:0:BBBB:CCCC:000D,aaaa::bbbb:cccc:d"})
    void anIpv6AddressHasOneSpelling(String written, String meant) throws FormatException {
        HostAndPort endpoint = HostAndPort.parse("[" + written + "]:1");
        assertEquals("[" + meant + "]:1", endpoint.toString());
        assertEquals(new HostAndPort(meant, 1), endpoint);
        assertEquals(endpoint, HostAndPort.parse(endpoint.toString()));
    }

    @Test
    void aMappedAddressIsTheOneItStandsFor() throws FormatException {
        for (String written : new String[]{"::ffff:1.2.3.4", "::FFFF:102:304", "0:0:0:0:0:ffff:102:304"}) {
            assertEquals(new HostAndPort("1.2.3.4", 9), HostAndPort.parse("[" + written + "]:9"), written);
        }
    }

    @Test
    void namesAreLowerCase() throws FormatException {
        assertEquals("peer.example.org:1", HostAndPort.parse("Peer.Example.ORG:1").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "host", "host:", ":80", "::1:80", "[::1]", "[127.0.0.1]:80", "[host]:80",
        "host:-1", "host:+1", "host:65536", "host:080", "host:8x", "host:999999", "host: 1", "1.2.3:1", "1.2.3.4.5:1",
        "1.2.3.256:1", "01.2.3.4:1", "1..3.4:1", "...:1", "-a.b:1", "a-.b:1", "a..b:1", ".a:1", "a b:1", "a/b:1",
        "a@b:1", "[::1%eth0]:1", "[::g]:1", "[[::1]]:1", "[1:2:3:4:5:6:7:8:9]:1", "ü.example:1", "a\n:1"})
    void anythingElseIsRefused(String text) {
        FormatException refused = assertThrows(FormatException.class, () -> HostAndPort.parse(text));
        assertTrue(String.valueOf(refused.getMessage()).indexOf('\n') < 0);
    }

    @Test
    void overlongHostsAreRefused() {
        String label = "a".repeat(63);
        String longest = String.join(".", label, label, label, "a".repeat(61));
        assertEquals(253, new HostAndPort(longest, 1).host().length());
        assertThrows(FormatException.class, () -> HostAndPort.parse(longest + "a:1"));
        assertThrows(FormatException.class, () -> HostAndPort.parse("a".repeat(64) + ":1"));
        assertThrows(FormatException.class, () -> HostAndPort.parse("a".repeat(1 << 20) + ":1"));
    }

    @Test
    void theConstructorRefusesToo() {
        assertThrows(IllegalArgumentException.class, () -> new HostAndPort("[::1]", 1));
        assertThrows(IllegalArgumentException.class, () -> new HostAndPort("a b", 1));
        assertThrows(IllegalArgumentException.class, () -> new HostAndPort("a", -1));
        assertThrows(IllegalArgumentException.class, () -> new HostAndPort("a", 65_536));
        assertThrows(IllegalArgumentException.class, () -> new PeerAddress(ID, new HostAndPort("a", 0)));
    }

    @Test
    void anAddressIsAUri() throws FormatException {
        String text = "guixp2p://" + ID + "@[::1]:6881";
        PeerAddress address = PeerAddress.parse(text);
        assertEquals(new PeerAddress(ID, new HostAndPort("::1", 6881)), address);
        assertEquals(text, address.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "guixp2p://", "guixp2p://@h:1", "http://ID@h:1", "guixp2p:ID@h:1", "guixp2p://ID@h",
        "guixp2p://ID@h:0", "guixp2p://ID@h:1/", "guixp2p://ID@h:1@h:1", "guixp2p://IDx@h:1", "ID@h:1",
        "x@guixp2p://ID"})
    void malformedAddressesAreRefused(String template) {
        String text = template.replace("ID", ID.toString());
        assertThrows(FormatException.class, () -> PeerAddress.parse(text));
    }

    @Property(tries = 200)
    void addressesSurviveTheirText(@ForAll @Size(32) byte[] key, @ForAll @Size(16) byte[] ip,
            @ForAll @IntRange(min = 1, max = 65_535) int port) throws Exception {
        String host = InetAddress.getByAddress(ip).getHostAddress();
        PeerAddress address = new PeerAddress(PeerId.ofPublicKey(key), new HostAndPort(host, port));
        assertEquals(address, PeerAddress.parse(address.toString()));
        assertEquals(InetAddress.getByAddress(ip), InetAddress.ofLiteral(address.endpoint().host()));
    }
}
