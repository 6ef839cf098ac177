// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Octets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP socket of the DHT. A virtual thread reads it; what is too long, or more than {@link ArrivalRate} allows, is dropped there,
 * unless it answers a question.
 * To send never blocks: what the kernel does not take at once is lost, as it may be on its way.
 */
final class DhtSocket implements Datagrams, Closeable {
    /** Longest datagram that is looked at. */
    static final int MAX_BYTES = 2048;

    private static final Logger LOG = LoggerFactory.getLogger(DhtSocket.class);
    private static final int YIELD_AFTER = 64;
    private static final int KERNEL_BUFFER = 1 << 20;
    private static final long AFTER_FAILURE_NANOS = 100_000_000;

    private final DatagramChannel channel;
    private final Selector selector;
    private final InetSocketAddress local;
    private final OpenQuestions questions = new OpenQuestions(System::nanoTime);
    private final LongAdder received = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder unsent = new LongAdder();

    /** Takes what has come, on the reader's thread, which waits for it; it does not fail. */
    interface Receiver {
        /**
         * A datagram has come.
         *
         * @param answer whether it names a question that its sender was asked
         */
        void received(InetSocketAddress source, byte[] datagram, boolean answer);
    }

    private DhtSocket(DatagramChannel channel, Selector selector) throws IOException {
        this.channel = channel;
        this.selector = selector;
        this.local = (InetSocketAddress) channel.getLocalAddress();
    }

    /**
     * Binds a socket.
     *
     * @param local an address, no name. One of IPv6 takes datagrams of IPv6 only; but {@code ::} takes those of both families, as
     *         the JDK has no other way to bind it, and leaves no room for another socket at that port
     * @throws IOException when it is in use, or not this machine's
     */
    static DhtSocket bind(InetSocketAddress local) throws IOException {
        boolean four = AddressFamily.of(local.getAddress()) == AddressFamily.IPV4;
        DatagramChannel channel = DatagramChannel
                .open(four ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, KERNEL_BUFFER);
            channel.bind(local);
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new DhtSocket(channel, selector);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Where it is bound, with the port that the system chose. */
    InetSocketAddress local() {
        return local;
    }

    /** Begins to read, on a thread that ends with the socket. */
    Thread start(Receiver receiver) {
        return Thread.ofVirtual().name("dht-read").start(() -> read(receiver, new ArrivalRate(System::nanoTime)));
    }

    private void read(Receiver receiver, ArrivalRate rate) {
        // One byte more, to tell those apart that are too long.
        ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES + 1);
        while (channel.isOpen()) {
            try {
                selector.select(key -> {});
                receive(receiver, rate, buffer);
            } catch (ClosedSelectorException | ClosedChannelException e) {
                return;
            } catch (IOException e) {
                // An ICMP message about something that was sent, say: it says nothing of what comes next.
                LOG.debug("nothing could be read at {}: {}", local, e.getMessage());
                LockSupport.parkNanos(AFTER_FAILURE_NANOS);
            }
        }
    }

    private void receive(Receiver receiver, ArrivalRate rate, ByteBuffer buffer) throws IOException {
        buffer.clear();
        int inARow = 0;
        for (var source = channel.receive(buffer); source != null; source = channel.receive(buffer.clear())) {
            buffer.flip();
            int length = buffer.remaining();
            if (length > MAX_BYTES || !taken(receiver, rate, (InetSocketAddress) source, buffer)) {
                dropped.increment();
            }
            if (++inARow % YIELD_AFTER == 0) {
                makeWay();
            }
            received.increment();
            receivedBytes.add(length);
        }
    }

    private boolean taken(Receiver receiver, ArrivalRate rate, InetSocketAddress source, ByteBuffer buffer) {
        boolean asked = questions.isAsked(source);
        if (!asked && !rate.allows(source)) {
            return false;
        }
        byte[] datagram = new byte[buffer.remaining()];
        buffer.get(datagram);
        boolean answer = asked && questions.isAnswer(source, datagram);
        if (asked && !answer && !rate.allows(source)) {
            return false;
        }
        receiver.received(source, datagram, answer);
        return true;
    }

    /** Lets other virtual threads have the processor now and then: they are not preempted, and a flood never makes this one wait. */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void makeWay() {
        Thread.yield();
    }

    @Override
    public void send(InetSocketAddress to, byte[] datagram) {
        try {
            if (channel.send(ByteBuffer.wrap(datagram), to) > 0) {
                sent.increment();
                sentBytes.add(datagram.length);
                return;
            }
        } catch (IOException | RuntimeException e) {
            // No way there, a firewall, an address of no machine, or the socket is closed.
            LOG.trace("nothing could be sent to {}: {}", to, e.getMessage());
        }
        unsent.increment();
    }

    @Override
    public void ask(InetSocketAddress to, Octets transaction, byte[] datagram) {
        questions.ask(to, transaction);
        send(to, datagram);
    }

    /** What has passed so far. */
    DhtTraffic traffic() {
        return new DhtTraffic(received.sum(), receivedBytes.sum(), sent.sum(), sentBytes.sum(), dropped.sum(),
                unsent.sum());
    }

    /** The reader ends; what is sent from now on is lost. */
    @Override
    public void close() {
        try {
            channel.close();
            selector.close();
        } catch (IOException e) {
            LOG.debug("{} could not be closed: {}", local, e.getMessage());
        }
    }
}
