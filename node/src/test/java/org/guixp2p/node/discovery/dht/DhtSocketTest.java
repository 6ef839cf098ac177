// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DhtSocketTest {
    private final List<DhtSocket> sockets = new ArrayList<>();
    private final BlockingQueue<Came> came = new LinkedBlockingQueue<>();

    private record Came(InetSocketAddress from, byte[] bytes) {}

    @AfterEach
    void close() {
        sockets.forEach(DhtSocket::close);
    }

    private DhtSocket bind(String host) throws IOException {
        DhtSocket socket = DhtSocket.bind(at(host, 0));
        sockets.add(socket);
        return socket;
    }

    private DhtSocket reading(String host) throws IOException {
        DhtSocket socket = bind(host);
        socket.start((from, bytes, answer) -> came.add(new Came(from, bytes)));
        return socket;
    }

    private Came next() throws InterruptedException {
        Came next = came.poll(30, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing came");
        }
        return next;
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void whatIsSentComesAndSaysFromWhere(String host) throws Exception {
        DhtSocket one = bind(host);
        DhtSocket other = reading(host);
        assertNotEquals(0, other.local().getPort());
        byte[] longest = new byte[DhtSocket.MAX_BYTES];
        longest[DhtSocket.MAX_BYTES - 1] = 7;
        one.send(other.local(), longest);
        Came first = next();
        assertEquals(one.local(), first.from());
        assertArrayEquals(longest, first.bytes());
        one.send(other.local(), new byte[0]);
        assertEquals(0, next().bytes().length);
        DhtTraffic traffic = new DhtTraffic(2, DhtSocket.MAX_BYTES, 0, 0, 0, 0);
        Eventually.holds(() -> other.traffic().equals(traffic), () -> traffic + ", not " + other.traffic());
    }

    @Test
    void whatIsTooLongIsDropped() throws Exception {
        DhtSocket one = bind("127.0.0.1");
        DhtSocket other = reading("127.0.0.1");
        one.send(other.local(), new byte[DhtSocket.MAX_BYTES + 1]);
        one.send(other.local(), new byte[60_000]);
        one.send(other.local(), new byte[1]);
        assertEquals(1, next().bytes().length);
        assertEquals(2, other.traffic().dropped());
    }

    /** The kernel loses none of so few, and whoever sends them is one machine. */
    @Test
    void aFloodIsDroppedAndOthersAreHeard() throws Exception {
        DhtSocket flooding = bind("127.0.0.1");
        DhtSocket quiet = bind("127.0.0.1");
        DhtSocket other = reading("127.0.0.1");
        int sent = 10 * ArrivalRate.MACHINE.burst();
        for (int i = 0; i < sent; i++) {
            flooding.send(other.local(), new byte[1]);
        }
        quiet.send(other.local(), new byte[2]);
        int heard = 0;
        Came next = next();
        for (; next.from().equals(flooding.local()); next = next()) {
            heard++;
        }
        assertEquals(quiet.local(), next.from());
        assertTrue(heard >= ArrivalRate.MACHINE.burst() && heard + other.traffic().dropped() == sent,
                () -> "dropped " + other.traffic().dropped());
        assertTrue(other.traffic().dropped() > 0);
    }

    /** What this node asked for comes, though whoever was asked floods it, or somebody in his name does. */
    @Test
    void anAnswerIsHeardInAFlood() throws Exception {
        DhtSocket flooding = bind("127.0.0.1");
        DhtSocket other = reading("127.0.0.1");
        Octets transaction = Octets.ascii("abcd");
        other.ask(flooding.local(), transaction, new byte[1]);
        for (int i = 0; i < 2 * ArrivalRate.MACHINE.burst(); i++) {
            flooding.send(other.local(), new byte[1]);
        }
        byte[] answer = KrpcEncoder.encode(new KrpcMessage.Response(transaction, Octets.EMPTY, Optional.empty(),
                new KrpcResponse.Done(DhtId.random(new Random(1)))));
        flooding.send(other.local(), answer);
        Came next = next();
        while (next.bytes().length == 1) {
            next = next();
        }
        assertArrayEquals(answer, next.bytes());
        // Once: it is a flood like any other after that, some of which passes as time does.
        long dropped = other.traffic().dropped();
        for (int i = 0; i < 2 * ArrivalRate.MACHINE.burst(); i++) {
            flooding.send(other.local(), answer);
        }
        Eventually.holds(() -> other.traffic().dropped() > dropped, () -> dropped + ", then " + other.traffic());
    }

    /** A network that cannot be reached, an address of the other family, and after the end. */
    @Test
    void whatTheKernelRefusesIsLost() throws Exception {
        DhtSocket one = bind("127.0.0.1");
        one.send(at("::1", 6881), new byte[1]);
        one.send(at("127.0.0.1", 6881), new byte[70_000]);
        one.send(at("127.0.0.1", 0), new byte[1]);
        one.close();
        one.send(at("127.0.0.1", 6881), new byte[1]);
        assertEquals(4, one.traffic().unsent());
    }

    /** Where nobody listens the kernel says so, and the next one is read all the same. */
    @Test
    void whoIsNotThereDoesNotStopTheReader() throws Exception {
        DhtSocket gone = bind("127.0.0.1");
        gone.close();
        DhtSocket one = bind("127.0.0.1");
        DhtSocket other = reading("127.0.0.1");
        for (int i = 0; i < 10; i++) {
            other.send(gone.local(), new byte[1]);
        }
        one.send(other.local(), new byte[3]);
        assertEquals(3, next().bytes().length);
    }

    @Test
    void anAddressIsTakenOnceAndFreeAfterTheEnd() throws Exception {
        DhtSocket one = reading("127.0.0.1");
        assertThrows(IOException.class, () -> DhtSocket.bind(one.local()));
        one.close();
        sockets.add(DhtSocket.bind(one.local()));
        one.close();
    }

    /** IPv6 at every address takes IPv4 too, under its own name. */
    @Test
    void everyAddressIsOfBothFamilies() throws Exception {
        DhtSocket all = reading("::");
        DhtSocket four = reading("127.0.0.1");
        DhtSocket six = bind("::1");
        four.send(at("127.0.0.1", all.local().getPort()), new byte[4]);
        assertEquals(four.local(), next().from());
        six.send(at("::1", all.local().getPort()), new byte[6]);
        assertEquals(six.local(), next().from());
        all.send(four.local(), new byte[5]);
        assertEquals(at("127.0.0.1", all.local().getPort()), next().from());
    }

    @Test
    void theReaderEndsWithTheSocket() throws Exception {
        DhtSocket socket = bind("127.0.0.1");
        Thread reader = socket.start((from, bytes, answer) -> {});
        Eventually.holds(reader::isAlive, () -> "a reader");
        socket.close();
        assertTrue(reader.join(Duration.ofSeconds(30)));
    }
}
