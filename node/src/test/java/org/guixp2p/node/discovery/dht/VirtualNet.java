// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;

/** Nodes in one network in virtual time: datagrams take 20 to 200 ms or are lost, as a seed has it. */
final class VirtualNet {
    /** Of the first of those that have {@link #grown}. */
    static final InetSocketAddress ROUTER = LoneNode.at(0);
    private static final long MEMORY = 4L << 20;

    final Random random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<InetSocketAddress, Host> hosts = new HashMap<>();
    private double loss;
    /** Which datagrams get through, by where they come from and go to. */
    BiPredicate<InetSocketAddress, InetSocketAddress> passes = (from, to) -> true;
    long now;
    private long sequence;

    private record Event(long at, long sequence, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at == other.at ? Long.compare(sequence, other.sequence) : Long.compare(at, other.at);
        }
    }

    /** A node that runs. */
    private final class Host {
        private final InetSocketAddress address;
        private final DhtNode node;
        private long wake = Long.MAX_VALUE;

        Host(InetSocketAddress address, DhtState state, IdRule rule) {
            this.address = address;
            this.node = new DhtNode(state, rule, MEMORY, Messages.by(this::send), new Random(random.nextLong()),
                    () -> now);
        }

        private void send(InetSocketAddress to, byte[] datagram) {
            if (random.nextDouble() >= loss && passes.test(address, to)) {
                later(Duration.ofMillis(random.nextLong(20, 200)), () -> deliver(address, to, datagram));
            }
        }

        /** Wakes it in time; of an earlier plan only the tick that comes too early is left, which is harmless. */
        void plan() {
            long next = Math.max(now, node.nextWake());
            if (next < wake) {
                wake = next;
                at(next, this::tick);
            }
        }

        private void tick() {
            if (hosts.get(address) == this) {
                wake = Long.MAX_VALUE;
                node.tick();
                plan();
            }
        }
    }

    VirtualNet(long seed, double loss) {
        this.random = new Random(seed);
        this.loss = loss;
    }

    void loss(double share) {
        loss = share;
    }

    DhtState first() {
        return DhtState.first(AddressFamily.IPV4, random);
    }

    /** Nodes that come one after the other and know of one address. */
    static VirtualNet grown(int count, double loss, IdRule rule) {
        VirtualNet net = new VirtualNet(count, loss);
        net.start(ROUTER, net.first(), rule, List.of());
        for (int i = 1; i < count; i++) {
            net.run(Duration.ofMillis(500));
            net.start(LoneNode.at(i), net.first(), rule, List.of(ROUTER));
        }
        return net;
    }

    private void at(long time, Runnable action) {
        events.add(new Event(time, sequence++, action));
    }

    void later(Duration delay, Runnable action) {
        at(now + delay.toNanos(), action);
    }

    /** A datagram comes out of the network. */
    void deliver(InetSocketAddress from, InetSocketAddress to, byte[] datagram) {
        Host host = hosts.get(to);
        if (host != null) {
            host.node.received(from, datagram);
            host.plan();
        }
    }

    DhtNode start(InetSocketAddress address, DhtState state, IdRule rule, Collection<InetSocketAddress> routers) {
        Host host = new Host(address, state, rule);
        hosts.put(address, host);
        host.node.bootstrap(routers);
        host.plan();
        return host.node;
    }

    void stop(InetSocketAddress address) {
        hosts.remove(address);
    }

    /** Has a node do something, such as ask. */
    void with(InetSocketAddress address, Consumer<DhtNode> action) {
        Host host = host(address);
        action.accept(host.node);
        host.plan();
    }

    private Host host(InetSocketAddress address) {
        return Objects.requireNonNull(hosts.get(address));
    }

    DhtNode node(InetSocketAddress address) {
        return host(address).node;
    }

    /** All that run. */
    List<Contact> nodes() {
        return hosts.values().stream().map(host -> new Contact(host.node.id(), host.address)).toList();
    }

    boolean runs(Contact contact) {
        Host host = hosts.get(contact.address());
        return host != null && host.node.id().equals(contact.id());
    }

    void run(Duration time) {
        long end = now + time.toNanos();
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.poll();
            now = event.at;
            event.action.run();
        }
        now = end;
    }

    /** Who answers a node on a way to {@code target}. */
    Set<Contact> walked(InetSocketAddress from, DhtId target) {
        Set<Contact> answered = new HashSet<>();
        DhtNode walking = node(from);
        Walk walk = new Walk(walking.id(), target, walking.closest(target, 8));
        for (List<Contact> next = walk.next(); !walk.isOver(); next = walk.next()) {
            for (Contact contact : next) {
                with(from, asking -> asking.ask(contact, new KrpcQuery.FindNode(asking.id(), target, Set.of()),
                        outcome -> {
                            if (outcome instanceof Outcome.Answered(Contact by, KrpcResponse.Nodes nodes)) {
                                answered.add(by);
                                walk.answered(by, nodes.nodes());
                            } else {
                                walk.failed();
                            }
                        }));
            }
            run(Duration.ofMillis(50));
        }
        return answered;
    }
}
