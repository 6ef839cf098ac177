// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcResponse;

/**
 * How long the datagrams of answers are. Those that name as many nodes and peers have one length, where all addresses are of IPv4: it is
 * found out by encoding one of them.
 */
final class AnswerLengths {
    private final Map<Shape, Integer> known = new HashMap<>();

    private record Shape(Class<?> kind, int transaction, int version, boolean seenAt, int token, int peers,
            int nodes) {}

    /** In bytes. */
    int of(KrpcMessage.Sendable message) {
        return message instanceof KrpcMessage.Response answer
                ? switch (answer.response()) {
                    case KrpcResponse.Done done -> of(answer, done.getClass(), 0, List.of(), List.of());
                    case KrpcResponse.Nodes nodes -> of(answer, nodes.getClass(), 0, List.of(), nodes.nodes());
                    case KrpcResponse.Peers found ->
                        of(answer, found.getClass(), found.token().length(), found.peers(), found.nodes());
                    case KrpcResponse.Found ignored -> encoded(answer);
                }
                : encoded(message);
    }

    private int of(KrpcMessage.Response answer, Class<?> kind, int token, List<?> peers, List<?> nodes) {
        return known.computeIfAbsent(new Shape(kind, answer.transaction().length(), answer.version().length(),
                answer.seenAt().isPresent(), token, peers.size(), nodes.size()), any -> encoded(answer));
    }

    private static int encoded(KrpcMessage.Sendable message) {
        return KrpcEncoder.encode(message).length;
    }
}
