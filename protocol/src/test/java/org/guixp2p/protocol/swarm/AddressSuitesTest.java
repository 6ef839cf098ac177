// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.guixp2p.protocol.testing.Suites.refusal;
import static org.guixp2p.protocol.testing.Suites.refusesControlsIn;
import static org.guixp2p.protocol.testing.Suites.refusesPrefixes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peer ids, hosts with ports, and addresses made of both. */
class AddressSuitesTest {
    private static final PeerId ID = PeerId.ofPublicKey(new byte[32]);

    @Nested
    class Correct {
        @ParameterizedTest
        @ValueSource(strings = {"[2001:db8::7]:6881", "10.0.0.1:1", "peer.example:65535"})
        void anAddressIsItsParts(String endpoint) throws FormatException {
            PeerAddress address = PeerAddress.parse("guixp2p://" + ID + "@" + endpoint);
            assertEquals(ID, address.id());
            assertEquals(HostAndPort.parse(endpoint), address.endpoint());
        }
    }

    @Nested
    class Insufficient {
        @Test
        void everyPrefixIsRefused() {
            refusesPrefixes(PeerId::parse, ID.toString(), PeerId.TEXT_LENGTH);
            // The port may be cut and still be one.
            refusesPrefixes(HostAndPort::parse, "[2001:db8::7]:6881", "[2001:db8::7]:".length());
            refusesPrefixes(HostAndPort::parse, "peer.example:6881", "peer.example:".length());
            String address = "guixp2p://" + ID + "@10.0.0.1:6881";
            refusesPrefixes(PeerAddress::parse, address, address.length() - 4);
        }
    }

    @Nested
    class Invalid {
        @Test
        void controlCharactersAreRefusedAnywhere() {
            refusesControlsIn(PeerId::parse, ID.toString());
            refusesControlsIn(HostAndPort::parse, "[2001:db8::7]:6881");
            refusesControlsIn(HostAndPort::parse, "10.0.0.1:6881");
            refusesControlsIn(HostAndPort::parse, "peer.example:6881");
            refusesControlsIn(PeerAddress::parse, "guixp2p://" + ID + "@peer.example:6881");
        }

        @Test
        void lettersThatNixBase32LacksNameNobody() {
            for (char letter : "eoutEOUT-_!".toCharArray()) {
                refusal(PeerId::parse, letter + ID.toString().substring(1));
                refusal(PeerId::parse, ID.toString().substring(1) + letter);
            }
            refusal(PeerId::parse, ID.toString().toUpperCase(Locale.ROOT));
            // 52 digits hold 260 bits, and the 4 beyond those of a digest are 0.
            refusal(PeerId::parse, "z" + ID.toString().substring(1));
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void peerIdsHaveOneLength() {
            refusal(PeerId::parse, ID + "0");
            refusal(PeerId::parse, "0" + ID);
            refusal(PeerId::parse, "0".repeat(1 << 20));
            assertThrows(IllegalArgumentException.class, () -> PeerId.ofPublicKey(new byte[33]));
        }

        @Test
        void whatIsMuchTooLongIsRefusedInAFewWords() {
            for (String much : new String[]{"1", ":", "a", ".", "[", "0:"}) {
                refusal(HostAndPort::parse, much.repeat(1 << 20) + ":1");
                refusal(PeerAddress::parse, "guixp2p://" + ID + "@" + much.repeat(1 << 20) + ":1");
                refusal(PeerAddress::parse, "guixp2p://" + much.repeat(1 << 20) + "@h:1");
            }
            refusal(HostAndPort::parse, "[" + "0".repeat(40) + "::1]:1");
            refusal(HostAndPort::parse, "h:000001");
        }
    }

    @Provide
    Arbitrary<String> dnsNames() {
        Arbitrary<String> inner = Arbitraries.strings().withCharRange('a', 'z').withCharRange('A', 'Z').numeric()
                .withChars("-_").ofMinLength(1).ofMaxLength(63)
                .filter(label -> !label.startsWith("-") && !label.endsWith("-"));
        return inner.list().ofMinSize(1).ofMaxSize(4).map(labels -> String.join(".", labels))
                // Digits and dots alone would be an IPv4 address.
                .filter(name -> name.length() <= 253 && name.chars().anyMatch(Character::isLetter));
    }

    @Property(tries = 200)
    void dnsNamesSurviveTheirText(@ForAll("dnsNames") String name,
            @ForAll @IntRange(max = 65_535) int port) throws FormatException {
        HostAndPort endpoint = HostAndPort.parse(name + ":" + port);
        assertEquals(new HostAndPort(name, port), endpoint);
        assertEquals(name.toLowerCase(Locale.ROOT), endpoint.host());
        assertEquals(port, endpoint.port());
        assertEquals(endpoint, HostAndPort.parse(endpoint.toString()));
    }
}
