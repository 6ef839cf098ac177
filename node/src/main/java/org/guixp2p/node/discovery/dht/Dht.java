// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.japi.function.Function;
import org.guixp2p.node.discovery.Alarm;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node's part in the DHT: its sockets, and an actor for each family. For use on any thread. */
public final class Dht implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dht.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    /** More than a lookup takes. */
    private static final Duration ITEM_WITHIN = Duration.ofSeconds(60);

    private final ActorSystem<?> system;
    private final List<DhtSocket> sockets;
    private final Map<AddressFamily, ActorRef<DhtActor.Command>> actors;

    /** Makes an actor one of a system's. */
    public interface Spawner {
        ActorRef<DhtActor.Command> spawn(Behavior<DhtActor.Command> actor, String name);
    }

    private Dht(ActorSystem<?> system, List<DhtSocket> sockets,
            Map<AddressFamily, ActorRef<DhtActor.Command>> actors) {
        this.system = system;
        this.sockets = List.copyOf(sockets);
        this.actors = Collections.unmodifiableMap(new EnumMap<>(actors));
    }

    /**
     * Listens, and begins to join. Reads what was kept: blocks for a moment.
     *
     * @param memory for what others have it remember, in bytes of the heap, shared by the families
     * @param disk where what is known is written
     * @throws IOException in one line for people: an address is in use or not this machine's
     */
    public static Dht start(DhtSettings settings, long memory, ActorSystem<?> system, Spawner spawner, Executor disk)
            throws IOException {
        Map<AddressFamily, DhtSocket> byFamily = new EnumMap<>(AddressFamily.class);
        List<DhtSocket> sockets = new ArrayList<>();
        try {
            for (HostAndPort address : settings.listen()) {
                listen(InetAddress.ofLiteral(address.host()), address.port(), byFamily, sockets);
            }
        } catch (IOException e) {
            sockets.forEach(DhtSocket::close);
            throw e;
        }
        Map<AddressFamily, ActorRef<DhtActor.Command>> actors = new EnumMap<>(AddressFamily.class);
        Map<AddressFamily, DhtSocket.Receiver> receivers = new EnumMap<>(AddressFamily.class);
        byFamily.forEach((family, socket) -> {
            StateFile file = new StateFile(settings.directory(), family);
            Backlog backlog = new Backlog();
            DhtPart part = new DhtPart(family, settings.rule(), socket, backlog, settings.routers(),
                    settings.remembered(family), settings.portOf(family, socket.local().getPort()),
                    memory / byFamily.size(), settings.announceRate(), file);
            ActorRef<DhtActor.Command> actor = spawner.spawn(
                    DhtActor.create(part, file.load(new SecureRandom()), disk),
                    "dht-" + family.name().toLowerCase(Locale.ROOT));
            actors.put(family, actor);
            receivers.put(family, (source, datagram, answer) -> backlog.offer(source, datagram, answer, actor));
        });
        sockets.forEach(socket -> socket.start((source, datagram, answer) -> {
            AddressFamily family = AddressFamily.of(source.getAddress());
            DhtSocket.Receiver receiver = receivers.get(family);
            if (receiver != null && byFamily.get(family) == socket) {
                receiver.received(source, datagram, answer);
            }
        }));
        return new Dht(system, sockets, actors);
    }

    /** One socket a family; that of {@code ::} is of both, of IPv4 alone where the system has no IPv6. */
    private static void listen(InetAddress host, int port, Map<AddressFamily, DhtSocket> byFamily,
            List<DhtSocket> sockets) throws IOException {
        AddressFamily family = AddressFamily.of(host);
        if (byFamily.containsKey(family)) {
            return;
        }
        DhtSocket socket;
        try {
            socket = DhtSocket.bind(new InetSocketAddress(host, port));
        } catch (UnsupportedOperationException e) {
            LOG.info("dht: not at {}: this system has no {}", host, family);
            if (host.isAnyLocalAddress()) {
                listen(InetAddress.ofLiteral("0.0.0.0"), port, byFamily, sockets);
            }
            return;
        } catch (IOException e) {
            throw new IOException("dht: cannot listen at UDP " + HostAndPort.of(host, port) + ": " + e.getMessage(), e);
        }
        sockets.add(socket);
        byFamily.put(family, socket);
        if (family == AddressFamily.IPV6 && host.isAnyLocalAddress()) {
            byFamily.putIfAbsent(AddressFamily.IPV4, socket);
        }
    }

    /** Where it listens, with the ports that the system chose. */
    public List<HostAndPort> listening() {
        return sockets.stream().map(socket -> HostAndPort.of(socket.local().getAddress(), socket.local().getPort()))
                .toList();
    }

    /** Who has what, as the DHT knows it. */
    public DhtDirectory directory(Alarm alarm) {
        return new DhtDirectory(List.copyOf(actors.values()), alarm);
    }

    /** Has {@code watcher} hear what becomes of announcements. */
    public void watch(AnnouncementWatcher watcher) {
        actors.values().forEach(actor -> actor.tell(new DhtActor.Watch(watcher)));
    }

    /** Whether this node only asks and announces nothing in a family, as others cannot reach it; at first it is not so. */
    public void readOnly(AddressFamily family, boolean value) {
        ActorRef<DhtActor.Command> actor = actors.get(family);
        if (actor != null) {
            actor.tell(new DhtActor.ReadOnly(value));
        }
    }

    /**
     * Where peers connect by IPv4 from now on.
     *
     * @param mapped the port that a router has for this node; nothing when it has none
     */
    public void port(OptionalInt mapped) {
        ActorRef<DhtActor.Command> actor = actors.get(AddressFamily.IPV4);
        if (actor != null) {
            actor.tell(new DhtActor.Port(mapped));
        }
    }

    /**
     * This node's own signed record from now on, which others are to keep, in each family in which they reach it.
     *
     * @param item nothing for none
     * @param newer takes the number of a newer one that somebody keeps, on any thread
     */
    void own(Optional<DhtItem.Mutable> item, LongConsumer newer) {
        actors.values().forEach(actor -> actor.tell(new DhtActor.Own(item, newer)));
    }

    /** Looks for a mutable item in both families; of what is found the newest, verified, or nothing when nobody has one. */
    public CompletionStage<Optional<DhtItem.Mutable>> find(Octets publicKey, Octets salt) {
        DhtId target = DhtItem.Mutable.target(publicKey, salt);
        List<CompletableFuture<Optional<DhtItem>>> families = actors.values().stream().map(actor -> {
            CompletableFuture<Optional<DhtItem>> found = new CompletableFuture<>();
            actor.tell(new DhtActor.FindItem(target, salt, found::complete));
            return found.completeOnTimeout(Optional.empty(), ITEM_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        }).toList();
        return CompletableFuture.allOf(families.toArray(CompletableFuture[]::new))
                .thenApply(ignored -> families.stream().map(CompletableFuture::join).flatMap(Optional::stream)
                        .filter(DhtItem.Mutable.class::isInstance).map(DhtItem.Mutable.class::cast)
                        .max(Comparator.comparingLong(DhtItem.Mutable::sequence)));
    }

    /** How each family is doing. */
    public CompletionStage<List<DhtStatus>> describe() {
        return all(DhtActor.Describe::new);
    }

    /** Keeps what is known, and ends; the stage completes when the sockets are closed. */
    public CompletionStage<Void> stop() {
        return this.<Done>all(DhtActor.Stop::new).handle((done, failure) -> {
            if (failure != null) {
                LOG.warn("dht: it is not sure that what is known was kept: {}", failure.getMessage());
            }
            close();
            return null;
        });
    }

    private <T> CompletionStage<List<T>> all(Function<ActorRef<T>, DhtActor.Command> question) {
        List<CompletableFuture<T>> answers = actors.values().stream()
                .map(actor -> AskPattern.<DhtActor.Command, T>ask(actor, question, PATIENCE, system.scheduler())
                        .toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(ignored -> answers.stream().map(CompletableFuture::join).toList());
    }

    /** Closes the sockets; what is known is kept by {@link #stop} only. */
    @Override
    public void close() {
        sockets.forEach(DhtSocket::close);
    }
}
