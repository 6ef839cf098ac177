// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.guixp2p.harness.bench.VirtualTime;
import org.guixp2p.protocol.dht.KrpcMessage;

/**
 * A network of machines in virtual time. Messages pass as they are, not as bytes, so that large networks can be simulated. A message is lost with some chance, and else takes half of a round trip, which is
 * log-normal around 100 ms. One thread; the same seed, the same run.
 */
final class VirtualNetwork {
    private static final double MEDIAN_ONE_WAY_NANOS = 50e6;
    private static final double SIGMA = 0.5;
    private static final int PORT = 6881;
    /** First bytes of addresses that are global, whatever the others are. */
    private static final int FIRST = 20;
    private static final int LAST = 90;

    private final Random random;
    private final double loss;
    private final VirtualTime time = new VirtualTime();
    private final Map<InetSocketAddress, Machine> machines = new HashMap<>();
    private final Set<InetSocketAddress> given = new HashSet<>();
    private final AnswerLengths lengths = new AnswerLengths();
    private long messages;

    /** Whatever is at an address. */
    interface Machine {
        InetSocketAddress address();

        /** A message has come. */
        void received(InetSocketAddress from, KrpcMessage.Sendable message);
    }

    /** @param loss from 0 to 1 */
    VirtualNetwork(Random random, double loss) {
        this.random = random;
        this.loss = loss;
    }

    Random random() {
        return random;
    }

    /** In nanoseconds. */
    long now() {
        return time.now();
    }

    /** How many were sent. */
    long messages() {
        return messages;
    }

    /** An address that no other machine has or had. */
    InetSocketAddress freshAddress() {
        InetSocketAddress address = anyAddress();
        while (!given.add(address)) {
            address = anyAddress();
        }
        return address;
    }

    private InetSocketAddress anyAddress() {
        byte[] bytes = new byte[4];
        random.nextBytes(bytes);
        bytes[0] = (byte) random.nextInt(FIRST, LAST);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), PORT);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 bytes are an address", e);
        }
    }

    void add(Machine machine) {
        machines.put(machine.address(), machine);
    }

    void remove(Machine machine) {
        machines.remove(machine.address(), machine);
    }

    boolean runs(Machine machine) {
        return machines.get(machine.address()) == machine;
    }

    void send(InetSocketAddress from, InetSocketAddress to, KrpcMessage.Sendable message) {
        messages++;
        if (random.nextDouble() >= loss) {
            long takes = (long) (MEDIAN_ONE_WAY_NANOS * Math.exp(SIGMA * random.nextGaussian()));
            at(now() + takes, () -> {
                Machine machine = machines.get(to);
                if (machine != null) {
                    machine.received(from, message);
                }
            });
        }
    }

    /** How many bytes an answer would have as a datagram. */
    int length(KrpcMessage.Sendable answer) {
        return lengths.of(answer);
    }

    /** Has something done at a time, or at once if that is over. */
    void at(long nanos, Runnable action) {
        time.at(nanos, action);
    }

    /** Lets time pass. */
    void run(Duration length) {
        time.run(length);
    }
}
