// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.junit.jupiter.api.Test;

class DhtStateTest {
    private final Random random = new Random(1);
    private final DhtState four = new DhtState(AddressFamily.IPV4, DhtId.random(random),
            List.of(new Contact(DhtId.random(random), at("8.8.8.8", 6881)), new Contact(DhtId.random(random), at(7))));
    private final DhtState six = new DhtState(AddressFamily.IPV6, DhtId.random(random),
            List.of(new Contact(DhtId.random(random), at("2a00::1", 6881))));

    @Test
    void itComesBackAsItWas() throws FormatException {
        DhtState none = DhtState.first(AddressFamily.IPV6, random);
        for (DhtState state : List.of(four, six, none)) {
            assertEquals(state, DhtState.decode(state.encoded(), state.family()));
        }
    }

    /** States of before are read for ever. */
    @Test
    void itsBytesAreThese() {
        DhtState state = new DhtState(AddressFamily.IPV4, DhtId.of(new byte[20]),
                List.of(new Contact(DhtId.of(HexFormat.of().parseHex("11".repeat(20))), at("1.2.3.4", 0x0506))));
        assertArrayEquals(
                ("guix-p2p dht 1 ipv4\n" + "\0".repeat(20) + "\21".repeat(20) + "\1\2\3\4\5\6").getBytes(US_ASCII),
                state.encoded());
    }

    @Test
    void anythingElseIsRefused() {
        byte[] bytes = four.encoded();
        assertThrows(FormatException.class, () -> DhtState.decode(bytes, AddressFamily.IPV6));
        byte[] later = new String(bytes, US_ASCII).replace("dht 1", "dht 2").getBytes(US_ASCII);
        assertThrows(FormatException.class, () -> DhtState.decode(later, AddressFamily.IPV4));
        for (int length = 0; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            if (length != bytes.length - 26 && length != bytes.length - 52) {
                assertThrows(FormatException.class, () -> DhtState.decode(part, AddressFamily.IPV4));
            }
        }
    }

    @Property(tries = 200)
    void noiseIsRefused(@ForAll byte[] noise) {
        assertThrows(FormatException.class, () -> DhtState.decode(noise, AddressFamily.IPV4));
    }

    @Test
    void itHasABound() throws FormatException {
        Contact contact = four.nodes().getFirst();
        List<Contact> most = Collections.nCopies(DhtState.MAX_NODES, contact);
        DhtState full = new DhtState(AddressFamily.IPV4, four.id(), most);
        byte[] more = Arrays.copyOf(full.encoded(), full.encoded().length + 26);
        assertEquals(DhtState.MAX_NODES, DhtState.decode(more, AddressFamily.IPV4).nodes().size());
        assertThrows(IllegalArgumentException.class, () -> new DhtState(AddressFamily.IPV4, four.id(),
                Collections.nCopies(DhtState.MAX_NODES + 1, contact)));
        assertThrows(IllegalArgumentException.class,
                () -> new DhtState(AddressFamily.IPV6, four.id(), List.of(contact)));
    }
}
