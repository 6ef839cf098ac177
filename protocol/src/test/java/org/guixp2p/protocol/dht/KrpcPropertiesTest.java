// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;

/** Whatever can be said is understood. */
class KrpcPropertiesTest {
    @Provide
    Arbitrary<KrpcMessage.Sendable> messages() {
        return KrpcMessages.all();
    }

    @Property(tries = 500)
    void messagesRoundTrip(@ForAll("messages") KrpcMessage.Sendable message) throws FormatException {
        byte[] datagram = KrpcEncoder.encode(message);
        assertTrue(datagram.length < KrpcMessage.MAX_BYTES);
        assertEquals(message, KrpcDecoder.decode(datagram, transaction -> {
            assertEquals(message.transaction(), transaction);
            return KrpcMessages.asked(message);
        }));
        BencodeScanner scanner = new BencodeScanner(datagram, 0, datagram.length, true);
        scanner.skip();
        assertTrue(scanner.atEnd());
    }

    @Property(tries = 200)
    void aPieceOfAMessageIsRefused(@ForAll("messages") KrpcMessage.Sendable message,
            @ForAll @IntRange(max = 2047) int at) {
        byte[] datagram = KrpcEncoder.encode(message);
        byte[] piece = Arrays.copyOf(datagram, at % datagram.length);
        assertThrows(FormatException.class, () -> KrpcDecoder.decode(piece, ignored -> KrpcMessages.asked(message)));
        byte[] more = Arrays.copyOf(datagram, datagram.length + 1);
        assertThrows(FormatException.class, () -> KrpcDecoder.decode(more, ignored -> KrpcMessages.asked(message)));
    }

    @Test
    void theLongestAnswerFits() throws FormatException {
        InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 65_535);
        InetSocketAddress four = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 65_535);
        DhtId id = DhtId.of(new byte[20]);
        Octets longest = Octets.of(BencodeWriter.encode(new byte[996]));
        DhtItem item = new DhtItem.Mutable(Octets.of(new byte[32]), Octets.EMPTY, Long.MAX_VALUE, longest,
                Octets.of(new byte[64]));
        List<Contact> nodes = Stream.concat(Collections.nCopies(8, new Contact(id, four)).stream(),
                Collections.nCopies(8, new Contact(id, six)).stream()).toList();
        KrpcMessage.Response message = new KrpcMessage.Response(Octets.of(new byte[32]), Octets.of(new byte[16]),
                Optional.of(six), new KrpcResponse.Found(id, Octets.of(new byte[64]), new KrpcResponse.Held.Item(item),
                        nodes));
        byte[] datagram = KrpcEncoder.encode(message);
        assertTrue(datagram.length > 1_500 && datagram.length < KrpcMessage.MAX_BYTES, datagram.length + " bytes");
        assertEquals(message, KrpcDecoder.decode(datagram, ignored -> Optional.of(KrpcMethod.GET)));
    }
}
