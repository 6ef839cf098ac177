// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcError;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

class AnswerLengthsTest {
    private final Random random = new Random(1);
    private final AnswerLengths lengths = new AnswerLengths();

    private InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.ofLiteral("20.0.0." + random.nextInt(256)), random.nextInt(65_536));
    }

    private List<Contact> nodes(int count) {
        return IntStream.range(0, count).mapToObj(i -> new Contact(DhtId.random(random), address())).toList();
    }

    private KrpcMessage.Sendable answer(KrpcResponse response, boolean seenAt) {
        return new KrpcMessage.Response(Octets.ascii("name"), Octets.EMPTY,
                seenAt ? Optional.of(address()) : Optional.empty(), response);
    }

    /** Twice each: the second time it is known. */
    @Test
    void eachIsAsLongAsItsDatagram() {
        for (int again = 0; again < 2; again++) {
            for (boolean seenAt : new boolean[]{true, false}) {
                isAsLong(answer(new KrpcResponse.Done(DhtId.random(random)), seenAt));
                for (int nodes = 0; nodes <= KrpcResponse.MAX_NODES; nodes++) {
                    isAsLong(answer(new KrpcResponse.Nodes(DhtId.random(random), nodes(nodes)), seenAt));
                    for (String token : List.of("", "abc", "0123456789")) {
                        isAsLong(answer(new KrpcResponse.Peers(DhtId.random(random), Octets.ascii(token),
                                IntStream.range(0, nodes).mapToObj(i -> address()).toList(), nodes(nodes)), seenAt));
                    }
                }
            }
            isAsLong(new KrpcMessage.Failure(Octets.ascii("name"), Octets.EMPTY, Optional.empty(),
                    new KrpcError(KrpcError.SERVER, "no room".repeat(1 + again))));
        }
    }

    private void isAsLong(KrpcMessage.Sendable answer) {
        assertEquals(KrpcEncoder.encode(answer).length, lengths.of(answer));
    }
}
