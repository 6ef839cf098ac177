// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Predicate;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.AddressScope;

/**
 * Which addresses are passed on, and which of those that others name may be contacted. A stranger could send this node to a
 * printer of its own network, or all nodes to a victim's name server.
 */
final class Admission {
    private static final int FIRST_PORT = 1024;

    private Admission() {}

    /**
     * An answer without what may not be contacted.
     *
     * @param admits which nodes there may be at all
     */
    static KrpcResponse admitted(InetAddress from, KrpcResponse response, Predicate<Contact> admits) {
        return switch (response) {
            case KrpcResponse.Done done -> done;
            case KrpcResponse.Nodes nodes -> new KrpcResponse.Nodes(nodes.id(), nodes(from, nodes.nodes(), admits));
            case KrpcResponse.Peers peers -> new KrpcResponse.Peers(peers.id(), peers.token(),
                    peers.peers().stream().filter(peer -> mayName(from, peer)).toList(),
                    nodes(from, peers.nodes(), admits));
            case KrpcResponse.Found found -> new KrpcResponse.Found(found.id(), found.token(), found.held(),
                    nodes(from, found.nodes(), admits));
        };
    }

    private static List<Contact> nodes(InetAddress from, List<Contact> nodes, Predicate<Contact> admits) {
        return nodes.stream().filter(node -> mayName(from, node.address()) && admits.test(node)).toList();
    }

    /**
     * Whether somebody at {@code with} may name an address to this node, or this node to him: not one below the ports that users
     * may take, and what is local only if he is so too.
     */
    static boolean mayName(InetAddress with, InetSocketAddress named) {
        InetAddress host = named.getAddress();
        boolean local = AddressGroup.isLocal(host) && AddressGroup.isLocal(with);
        return named.getPort() >= FIRST_PORT && (local || isGlobal(host));
    }

    /** Whether an address means the same machine everywhere. */
    static boolean isGlobal(InetAddress address) {
        return AddressScope.of(address) == AddressScope.GLOBAL;
    }
}
