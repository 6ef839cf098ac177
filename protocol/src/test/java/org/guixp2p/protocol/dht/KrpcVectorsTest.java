// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The packets that BEP 5 prints, and some that other BEPs describe, byte for byte. */
class KrpcVectorsTest {
    private static final Octets AA = Octets.ascii("aa");
    private static final DhtId A = id("abcdefghij0123456789");
    private static final DhtId M = id("mnopqrstuvwxyz123456");
    private static final Octets TOKEN = Octets.ascii("aoeusnth");

    /** A packet, what it says, and what was asked before it. */
    private record Vector(KrpcMessage.Sendable message, Optional<KrpcMethod> asked) {}

    private static DhtId id(String ascii) {
        return DhtId.of(BencodeTest.latin1(ascii));
    }

    private static Vector query(KrpcQuery query) {
        return new Vector(new KrpcMessage.Query(AA, Octets.EMPTY, false, query), Optional.empty());
    }

    private static Vector response(KrpcMethod asked, KrpcResponse response) {
        return new Vector(new KrpcMessage.Response(AA, Octets.EMPTY, Optional.empty(), response), Optional.of(asked));
    }

    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private static Map<String, Vector> vectors() {
        Map<String, Vector> vectors = new LinkedHashMap<>();
        vectors.put("d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee",
                new Vector(new KrpcMessage.Failure(AA, Octets.EMPTY, Optional.empty(),
                        new KrpcError(KrpcError.GENERIC, "A Generic Error Ocurred")), Optional.empty()));
        vectors.put("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe", query(new KrpcQuery.Ping(A)));
        vectors.put("d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re",
                response(KrpcMethod.PING, new KrpcResponse.Done(M)));
        vectors.put("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe",
                query(new KrpcQuery.FindNode(A, M, Set.of())));
        vectors.put("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe",
                query(new KrpcQuery.GetPeers(A, M, Set.of())));
        // The BEP's packet has no nodes either; ours says so.
        vectors.put(
                "d1:rd2:id20:abcdefghij01234567895:nodes0:5:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re",
                response(KrpcMethod.GET_PEERS, new KrpcResponse.Peers(A, TOKEN,
                        List.of(at("97.120.106.101", 0x2e75), at("105.100.104.116", 0x6e6d)), List.of())));
        // The BEP's packet lacks the implied_port that its text has.
        vectors.put("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe"
                + "1:q13:announce_peer1:t2:aa1:y1:qe", query(new KrpcQuery.AnnouncePeer(A, M, 6881, false, TOKEN)));
        vectors.put("d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e"
                + "5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
                query(new KrpcQuery.AnnouncePeer(A, M, 6881, true, TOKEN)));
        vectors.put("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:wantl2:n42:n6ee1:q9:get_peers"
                + "1:t2:aa1:y1:qe",
                query(new KrpcQuery.GetPeers(A, M, Set.of(AddressFamily.IPV6, AddressFamily.IPV4))));
        vectors.put("d1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi1e1:t2:aa1:v4:GX011:y1:qe", new Vector(
                new KrpcMessage.Query(AA, Octets.ascii("GX01"), true, new KrpcQuery.Ping(A)), Optional.empty()));
        vectors.put("d2:ip6:axje.u1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re",
                new Vector(new KrpcMessage.Response(AA, Octets.EMPTY, Optional.of(at("97.120.106.101", 0x2e75)),
                        new KrpcResponse.Done(M)), Optional.of(KrpcMethod.PUT)));
        vectors.put("d1:rd2:id20:abcdefghij01234567896:nodes638:mnopqrstuvwxyz1234560123456789abcdef.ue1:t2:aa1:y1:re",
                response(KrpcMethod.FIND_NODE, new KrpcResponse.Nodes(A, List.of(new Contact(M,
                        at("3031:3233:3435:3637:3839:6162:6364:6566", 0x2e75))))));
        vectors.put("d1:ad2:id20:abcdefghij01234567893:seqi4e6:target20:mnopqrstuvwxyz123456e1:q3:get1:t2:aa1:y1:qe",
                query(new KrpcQuery.Get(A, M, OptionalLong.of(4), Set.of())));
        vectors.put("d1:ad2:id20:abcdefghij01234567895:token8:aoeusnth1:v12:Hello World!e1:q3:put1:t2:aa1:y1:qe",
                query(new KrpcQuery.Put(A, TOKEN, new DhtItem.Immutable(Octets.ascii("12:Hello World!")),
                        OptionalLong.empty())));
        vectors.put("d1:rd2:id20:abcdefghij01234567895:nodes0:3:seqi7e5:token8:aoeusnthe1:t2:aa1:y1:re",
                response(KrpcMethod.GET, new KrpcResponse.Found(A, TOKEN, new KrpcResponse.Held.NotNewer(7),
                        List.of())));
        return vectors;
    }

    @TestFactory
    List<DynamicTest> everyPacketIsWrittenAndRead() {
        return vectors().entrySet().stream().map(vector -> DynamicTest.dynamicTest(vector.getKey(), () -> {
            byte[] packet = BencodeTest.latin1(vector.getKey());
            assertEquals(vector.getKey(),
                    new String(KrpcEncoder.encode(vector.getValue().message), StandardCharsets.ISO_8859_1));
            assertEquals(vector.getValue().message, KrpcDecoder.decode(packet, ignored -> vector.getValue().asked));
        })).toList();
    }

    @Test
    void theAnswerOfTheBepWithPeersAndNoNodesIsRead() throws FormatException {
        KrpcResponse.Peers peers = new KrpcResponse.Peers(A, TOKEN,
                List.of(at("97.120.106.101", 0x2e75), at("105.100.104.116", 0x6e6d)), List.of());
        assertEquals(new KrpcMessage.Response(AA, Octets.EMPTY, Optional.empty(), peers),
                KrpcDecoder
                        .decode(BencodeTest.latin1("d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u"
                                + "6:idhtnmee1:t2:aa1:y1:re"), ignored -> Optional.of(KrpcMethod.GET_PEERS)));
    }

    /** "def456..." stands for nodes in the BEP's examples, and is none. */
    @Test
    void halfANodeIsRefused() {
        byte[] packet = BencodeTest.latin1("d1:rd2:id20:0123456789abcdefghij5:nodes9:def456...e1:t2:aa1:y1:re");
        assertThrows(FormatException.class,
                () -> KrpcDecoder.decode(packet, ignored -> Optional.of(KrpcMethod.FIND_NODE)));
    }
}
