// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcMessage;

/** Where a node's messages go. Each is sent or lost: nobody is told, as with UDP itself. Nothing is received before a call returns. */
public interface Messages {
    /** Sends a question. */
    void ask(InetSocketAddress to, KrpcMessage.Query question);

    /**
     * Sends an answer.
     *
     * @return the length of its datagram in bytes
     */
    int answer(InetSocketAddress to, KrpcMessage.Sendable answer);

    /** As datagrams. */
    static Messages by(Datagrams datagrams) {
        return new Messages() {
            @Override
            public void ask(InetSocketAddress to, KrpcMessage.Query question) {
                datagrams.ask(to, question.transaction(), KrpcEncoder.encode(question));
            }

            @Override
            public int answer(InetSocketAddress to, KrpcMessage.Sendable answer) {
                byte[] datagram = KrpcEncoder.encode(answer);
                datagrams.send(to, datagram);
                return datagram.length;
            }
        };
    }
}
