// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/** Any bytes are a message, which then means the same after a round trip, or are refused. */
class KrpcFuzzTest {
    @FuzzTest
    void datagram(byte[] input) {
        for (KrpcMethod method : KrpcMethod.values()) {
            accepted(() -> KrpcDecoder.decode(input, ignored -> Optional.of(method))).ifPresent(message -> {
                check(input.length <= KrpcMessage.MAX_BYTES, "a datagram that is too long");
                switch (message) {
                    case KrpcMessage.Sendable sendable -> {
                        byte[] datagram = KrpcEncoder.encode(sendable);
                        check(datagram.length < KrpcMessage.MAX_BYTES, "an answer that is too long");
                        same(message, () -> KrpcDecoder.decode(datagram, ignored -> Optional.of(method)));
                    }
                    case KrpcMessage.Unanswerable refused -> check(refused.error().code() > 0, "no error");
                }
            });
        }
    }

    /** A value in order, walked over as one, is walked over without that too, and to the same end. */
    @FuzzTest
    void bencode(byte[] input) {
        accepted(() -> walk(input, true)).ifPresent(end -> {
            check(end > 0 && end <= input.length, "a value of no bytes");
            same(end, () -> walk(input, false));
        });
    }

    private static int walk(byte[] input, boolean sorted) throws FormatException {
        BencodeScanner scanner = new BencodeScanner(input, 0, input.length, sorted);
        scanner.skip();
        return scanner.position();
    }
}
