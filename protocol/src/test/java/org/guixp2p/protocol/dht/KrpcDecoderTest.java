// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.testing.Suites;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers send. */
class KrpcDecoderTest {
    private static final String ID = "2:id20:abcdefghij0123456789";
    private static final DhtId A = DhtId.of(BencodeTest.latin1("abcdefghij0123456789"));
    private static final DhtId M = DhtId.of(BencodeTest.latin1("mnopqrstuvwxyz123456"));
    private static final Octets TOKEN = Octets.ascii("aoeusnth");
    private static final String HASH = "9:info_hash20:mnopqrstuvwxyz123456";
    private static final String TARGET = "6:target20:mnopqrstuvwxyz123456";

    /** A query of that name with these arguments besides the id. */
    private static String query(String name, String arguments) {
        return "d1:ad" + ID + arguments + "e1:q" + name.length() + ":" + name + "1:t2:aa1:y1:qe";
    }

    private static String response(String values) {
        return "d1:rd" + ID + values + "e1:t2:aa1:y1:re";
    }

    private static KrpcMessage decode(String text, Optional<KrpcMethod> asked) throws FormatException {
        return KrpcDecoder.decode(BencodeTest.latin1(text), ignored -> asked);
    }

    private static KrpcMessage decode(String text) throws FormatException {
        return decode(text, Optional.empty());
    }

    private static KrpcQuery queried(String text) throws FormatException {
        return assertInstanceOf(KrpcMessage.Query.class, decode(text)).query();
    }

    private static KrpcResponse answered(String values, KrpcMethod asked) throws FormatException {
        return assertInstanceOf(KrpcMessage.Response.class, decode(response(values), Optional.of(asked))).response();
    }

    private static void refused(String text, Optional<KrpcMethod> asked) {
        Suites.refusal(datagram -> decode(datagram, asked), text);
    }

    private static KrpcError unanswerable(String text) throws FormatException {
        return assertInstanceOf(KrpcMessage.Unanswerable.class, decode(text)).error();
    }

    private static String string(String latin1) {
        return latin1.length() + ":" + latin1;
    }

    @Nested
    class Correct {
        @Test
        void keysInAnyOrderAndUnknownOnesAreFine() throws FormatException {
            KrpcMessage.Query expected = new KrpcMessage.Query(Octets.ascii("aa"), Octets.EMPTY, false,
                    new KrpcQuery.FindNode(A, M, Set.of()));
            assertEquals(expected, decode("d1:y1:q1:t2:aa1:q9:find_node1:ad" + TARGET + ID + "ee"));
            assertEquals(expected,
                    decode("d1:ad3:abcli1ed1:xleee" + ID + TARGET + "4:zoomi7ee1:q9:find_node1:t2:aa3:xyz"
                            + "d1:b0:1:a0:e1:y1:qe"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"2:ip4:abcd", "2:ipi7e", "2:ip0:", "2:ipde", "1:v17:abcdefghijklmnopq", "1:vi7e",
            "1:vle",
            "2:ro1:1", "2:roi0e", "2:role"})
        void whatNothingHangsOnMayHaveAnyForm(String entry) throws FormatException {
            assertEquals(new KrpcMessage.Response(Octets.ascii("aa"), Octets.EMPTY, Optional.empty(),
                    new KrpcResponse.Done(A)),
                    decode("d1:rd" + ID + "e" + entry + "1:t2:aa1:y1:re", Optional.of(KrpcMethod.PING)));
            assertEquals(new KrpcMessage.Query(Octets.ascii("aa"), Octets.EMPTY, false, new KrpcQuery.Ping(A)),
                    decode("d1:ad" + ID + "e1:q4:ping" + entry + "1:t2:aa1:y1:qe"));
        }

        @Test
        void otherWantsAreSkipped() throws FormatException {
            assertEquals(new KrpcQuery.GetPeers(A, M, Set.of(AddressFamily.IPV6)),
                    queried(query("get_peers", HASH + "4:wantl2:n93:foo2:n62:n60:e")));
        }

        @Test
        void anImpliedPortNeedsNone() throws FormatException {
            assertEquals(new KrpcQuery.AnnouncePeer(A, M, 0, true, TOKEN),
                    queried(query("announce_peer", HASH + "12:implied_porti1e5:token8:aoeusnth")));
            assertEquals(new KrpcQuery.AnnouncePeer(A, M, 7, false, TOKEN),
                    queried(query("announce_peer", HASH + "12:implied_porti0e4:porti7e5:token8:aoeusnth")));
        }

        @Test
        void peersOfBothFamiliesAreRead() throws FormatException {
            InetSocketAddress four = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 258);
            InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 258);
            String values = "6:valuesl" + string("\u00c0\0\2\1\1\2")
                    + string("\u0020\u0001\r\u00b8" + "\0".repeat(11) + "\1\1\2") + "e";
            assertEquals(new KrpcResponse.Peers(A, Octets.EMPTY, List.of(four, six), List.of()),
                    answered(values, KrpcMethod.GET_PEERS));
        }

        @Test
        void answersWithoutNodesOrTokensAreRead() throws FormatException {
            assertEquals(new KrpcResponse.Nodes(A, List.of()), answered("", KrpcMethod.FIND_NODE));
            assertEquals(new KrpcResponse.Peers(A, Octets.EMPTY, List.of(), List.of()),
                    answered("", KrpcMethod.GET_PEERS));
            assertEquals(new KrpcResponse.Found(A, Octets.EMPTY, new KrpcResponse.Held.Nothing(), List.of()),
                    answered("", KrpcMethod.GET));
        }

        @Test
        void anAnswerIsReadByWhatWasAsked() throws FormatException {
            String values = "5:token8:aoeusnth1:v12:Hello World!";
            assertEquals(new KrpcResponse.Done(A), answered(values, KrpcMethod.PING));
            assertEquals(new KrpcResponse.Found(A, TOKEN, new KrpcResponse.Held.Item(
                    new DhtItem.Immutable(Octets.ascii("12:Hello World!"))), List.of()),
                    answered(values, KrpcMethod.GET));
        }

        @Test
        void theBytesOfAValueAreKept() throws FormatException {
            String value = "d1:ai1e2:aali-5e0:ee";
            KrpcQuery.Put put = assertInstanceOf(KrpcQuery.Put.class,
                    queried(query("put", "5:token8:aoeusnth1:v" + value)));
            assertEquals(Octets.ascii(value), put.item().value());
            assertEquals(OptionalLong.empty(), put.expected());
        }

        @Test
        void errorsMayLackTheirText() throws FormatException {
            assertEquals(new KrpcError(203, ""), error("li203ee"));
            assertEquals(new KrpcError(-1, "x\\x1b[2J"), error("li-1e5:x\u001b[2Je"));
        }

        @Test
        void textsOfErrorsAreShortened() throws FormatException {
            String message = error("li201e1000:" + "\u0007".repeat(1000) + "e").message();
            assertTrue(message.length() <= KrpcError.MAX_MESSAGE && message.endsWith("…"), message);
        }

        private KrpcError error(String list) throws FormatException {
            return assertInstanceOf(KrpcMessage.Failure.class, decode("d1:e" + list + "1:t2:aa1:y1:ee")).error();
        }
    }

    @Nested
    class Insufficient {
        @ParameterizedTest
        @ValueSource(strings = {"de", "d1:y1:qe", "d1:t2:aae", "d1:t2:aa1:y1:ee", "d1:rde1:t2:aa1:y1:re",
            "d1:t2:aa1:y1:re", "d1:ele1:t2:aa1:y1:ee"})
        void whatLacksItsPartsIsRefused(String text) {
            refused(text, Optional.of(KrpcMethod.PING));
        }

        @Test
        void anAnswerToNothingIsRefused() {
            refused(response(""), Optional.empty());
        }

        @ParameterizedTest
        @ValueSource(strings = {"find_node", "get_peers", "announce_peer", "get", "put"})
        void aQueryWithoutItsArgumentsIsOneToRefuse(String name) throws FormatException {
            assertEquals(KrpcError.PROTOCOL, unanswerable(query(name, "")).code());
        }

        @Test
        void aMutableItemNeedsAllItsParts() throws FormatException {
            String[] parts = {"1:k" + string("k".repeat(32)), "3:seqi1e", "3:sig" + string("s".repeat(64)), "1:vi1e"};
            String all = "5:token1:x" + String.join("", parts);
            assertInstanceOf(KrpcQuery.Put.class, queried(query("put", all)));
            for (int i = 1; i < parts.length; i++) {
                assertEquals(KrpcError.PROTOCOL, unanswerable(query("put", all.replace(parts[i], ""))).code());
            }
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(strings = {"le", "i1e", "4:ping", "", "d1:t2:aa1:y1:xe", "d1:t2:aa1:y2:qqe", "d1:t2:aa1:yi1ee",
            "d1:ti1e1:y1:qe", "d1:e3:foo1:t2:aa1:y1:ee", "d1:el3:fooe1:t2:aa1:y1:ee", "d1:eli1ei2ee1:t2:aa1:y1:ee",
            "d1:rle1:t2:aa1:y1:re", "d1:rd2:id19:abcdefghij012345678e1:t2:aa1:y1:re"})
        void whatIsNoMessageIsRefused(String text) {
            refused(text, Optional.of(KrpcMethod.PING));
        }

        @ParameterizedTest
        @CsvSource({"GET_PEERS, 6:valuesi1e", "GET_PEERS, 6:valuesli1ee", "GET_PEERS, 6:valuesl5:abcdee",
            "GET_PEERS, 6:values6:axje.u", "GET_PEERS, 5:tokeni1e", "FIND_NODE, 5:nodesle", "FIND_NODE, 6:nodes61:x",
            "GET, 1:vd1:bi1e1:ai1ee", "GET, 3:seqi-1e", "GET, 1:k1:x1:vi1e"})
        void answersWithWrongPartsAreRefused(KrpcMethod asked, String values) {
            refused(response(values), Optional.of(asked));
        }

        @Test
        void anUnknownQueryIsOneToRefuse() throws FormatException {
            assertEquals(KrpcError.METHOD_UNKNOWN, unanswerable(query("sample_infohashes", TARGET)).code());
            assertEquals(KrpcError.METHOD_UNKNOWN, unanswerable(query("", "")).code());
            assertEquals(KrpcError.METHOD_UNKNOWN, unanswerable("d1:q4:vote1:t2:aa1:y1:qe").code());
            KrpcMessage.Unanswerable message = assertInstanceOf(KrpcMessage.Unanswerable.class,
                    decode("d1:q4:vote2:roi1e1:t2:bb1:v2:XX1:y1:qe"));
            assertEquals(Octets.ascii("bb"), message.transaction());
            assertEquals(Octets.ascii("XX"), message.version());
            assertTrue(message.readOnly());
        }

        @ParameterizedTest
        @CsvSource({"find_node, 6:target19:mnopqrstuvwxyz12345", "find_node, 6:targeti1e",
            "get_peers, 9:info_hash0:", "get, 6:targetle", "get, 6:target20:mnopqrstuvwxyz1234563:seqi-1e",
            "get_peers, 9:info_hash20:mnopqrstuvwxyz1234564:wanti1e",
            "put, 5:token1:x1:vd1:bi1e1:ai1ee", "put, 5:token0:1:vi1e", "put, 1:vi1e"})
        void queriesWithWrongArgumentsAreOnesToRefuse(String name, String arguments) throws FormatException {
            assertEquals(KrpcError.PROTOCOL, unanswerable(query(name, arguments)).code());
        }

        @ParameterizedTest
        @ValueSource(strings = {"4:porti65536e5:token1:x", "4:porti-1e5:token1:x", "4:port4:68815:token1:x",
            "5:token1:x",
            "4:porti1e5:token0:", "4:porti1e5:tokeni1e", "4:porti1e", "12:implied_porti1e4:porti65536e5:token1:x"})
        void announcementsKeepToTheirBounds(String arguments) throws FormatException {
            assertEquals(KrpcError.PROTOCOL, unanswerable(query("announce_peer", HASH + arguments)).code());
        }

        @Test
        void aQueryWithoutArgumentsIsOneToRefuse() throws FormatException {
            assertEquals(KrpcError.PROTOCOL, unanswerable("d1:q4:ping1:t2:aa1:y1:qe").code());
            assertEquals(KrpcError.PROTOCOL, unanswerable("d1:ale1:q4:ping1:t2:aa1:y1:qe").code());
            assertEquals(KrpcError.PROTOCOL, unanswerable("d1:ade1:qi1e1:t2:aa1:y1:qe").code());
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void longDatagramsAreRefused() {
            byte[] datagram = new byte[KrpcMessage.MAX_BYTES + 1];
            Arrays.fill(datagram, (byte) 'd');
            assertThrows(FormatException.class, () -> KrpcDecoder.decode(datagram, ignored -> Optional.empty()));
        }

        @Test
        void transactionsAndTokensHaveABound() throws FormatException {
            refused("d1:ad" + ID + "e1:q4:ping1:t0:1:y1:qe", Optional.empty());
            refused("d1:ad" + ID + "e1:q4:ping1:t" + string("t".repeat(33)) + "1:y1:qe", Optional.empty());
            refused(response("5:token" + string("t".repeat(65))), Optional.of(KrpcMethod.GET_PEERS));
            assertEquals(KrpcError.PROTOCOL,
                    unanswerable(query("announce_peer", HASH + "4:porti1e5:token" + string("t".repeat(65)))).code());
            assertEquals(KrpcError.PROTOCOL, unanswerable(query("x".repeat(65), "")).code());
        }

        @Test
        void valuesAndSaltsHaveABound() throws FormatException {
            String mutable = "1:k" + string("k".repeat(32)) + "3:seqi1e3:sig" + string("s".repeat(64));
            String token = "5:token1:x";
            assertEquals(KrpcError.VALUE_TOO_BIG,
                    unanswerable(query("put", token + "1:v" + string("v".repeat(997)))).code());
            assertEquals(KrpcError.VALUE_TOO_BIG,
                    unanswerable(query("put", token + mutable + "1:v" + string("v".repeat(997)))).code());
            assertInstanceOf(KrpcQuery.Put.class, queried(query("put", token + "1:v" + string("v".repeat(996)))));
            assertEquals(KrpcError.SALT_TOO_BIG,
                    unanswerable(query("put", token + mutable + "4:salt" + string("s".repeat(65)) + "1:vi1e")).code());
            assertInstanceOf(KrpcQuery.Put.class,
                    queried(query("put", token + mutable + "4:salt" + string("s".repeat(64)) + "1:vi1e")));
            refused(response("1:v" + string("v".repeat(997))), Optional.of(KrpcMethod.GET));
        }

        @Test
        void keysAndSignaturesHaveOneLength() throws FormatException {
            for (int wrong : new int[]{-1, 1}) {
                assertEquals(KrpcError.PROTOCOL, unanswerable(mutable(32 + wrong, 64)).code());
                assertEquals(KrpcError.PROTOCOL, unanswerable(mutable(32, 64 + wrong)).code());
            }
        }

        private String mutable(int key, int signature) {
            return query("put", "5:token1:x1:k" + string("k".repeat(key)) + "3:seqi1e3:sig"
                    + string("s".repeat(signature)) + "1:vi1e");
        }

        @Test
        void ofManyNodesAndPeersTheFirstAreTaken() throws FormatException {
            List<String> nodes = new ArrayList<>();
            List<String> peers = new ArrayList<>();
            for (char i = 1; i <= 30; i++) {
                peers.add(string("\u00c0\0\2" + i + "\1\2"));
                nodes.add("abcdefghij0123456789" + "\u00c0\0\2" + i + "\1\2");
            }
            KrpcResponse.Peers answer = assertInstanceOf(KrpcResponse.Peers.class,
                    answered("5:nodes" + string(String.join("", nodes)) + "6:valuesl" + String.join("", peers) + "e",
                            KrpcMethod.GET_PEERS));
            assertEquals(KrpcResponse.MAX_PEERS, answer.peers().size());
            assertEquals(KrpcResponse.MAX_NODES, answer.nodes().size());
            assertEquals("192.0.2.20", Compact.requireResolved(answer.peers().getLast()).getHostAddress());
            assertEquals("192.0.2.8", Compact.requireResolved(answer.nodes().getLast().address()).getHostAddress());
        }
    }

    @Nested
    class OfOurOwn {
        private final InetSocketAddress four = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1);
        private final InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 1);

        @Test
        void noMoreNodesOrPeersAreSent() {
            List<Contact> nodes = Collections.nCopies(9, new Contact(A, four));
            assertThrows(IllegalArgumentException.class, () -> new KrpcResponse.Nodes(A, nodes));
            List<Contact> unordered = List.of(new Contact(A, six), new Contact(A, four));
            assertThrows(IllegalArgumentException.class, () -> new KrpcResponse.Nodes(A, unordered));
            List<InetSocketAddress> peers = Collections.nCopies(21, four);
            assertThrows(IllegalArgumentException.class,
                    () -> new KrpcResponse.Peers(A, TOKEN, peers, List.of()));
        }

        @Test
        void whatHasNoFormCannotBeMade() {
            Octets long65 = Octets.of(new byte[65]);
            assertThrows(IllegalArgumentException.class,
                    () -> new KrpcQuery.AnnouncePeer(A, M, 65_536, false, TOKEN));
            assertThrows(IllegalArgumentException.class,
                    () -> new KrpcQuery.AnnouncePeer(A, M, 1, false, Octets.EMPTY));
            assertThrows(IllegalArgumentException.class, () -> new KrpcQuery.AnnouncePeer(A, M, 1, false, long65));
            assertThrows(IllegalArgumentException.class,
                    () -> new KrpcQuery.Get(A, M, OptionalLong.of(-1), Set.of()));
            DhtItem item = new DhtItem.Immutable(Octets.ascii("i1e"));
            assertThrows(IllegalArgumentException.class, () -> new KrpcQuery.Put(A, TOKEN, item, OptionalLong.of(1)));
            assertThrows(IllegalArgumentException.class,
                    () -> new KrpcResponse.Peers(A, long65, List.of(), List.of()));
            assertThrows(IllegalArgumentException.class,
                    () -> new KrpcResponse.Held.Item(DhtItemTest.SALTED));
            assertThrows(IllegalArgumentException.class, () -> new KrpcResponse.Held.NotNewer(-1));
            assertThrows(IllegalArgumentException.class,
                    () -> new KrpcMessage.Query(Octets.EMPTY, Octets.EMPTY, false, new KrpcQuery.Ping(A)));
            assertThrows(IllegalArgumentException.class, () -> new KrpcError(201, "x".repeat(129)));
            assertThrows(IllegalArgumentException.class, () -> new KrpcError(201, "\n"));
        }
    }
}
