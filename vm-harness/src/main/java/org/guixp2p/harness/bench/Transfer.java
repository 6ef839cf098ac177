// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.units.Loss;
import org.guixp2p.harness.world.Fetch;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.substituter.InfoReply;

/** One item, fetched once by fetchers that have just been started. */
final class Transfer {
    private static final Duration INFO = Duration.ofSeconds(60);
    private static final double MILLI = 1e3;
    private static final double NANOS = 1e9;
    private static final double KIB_PER_MIB = 1 << 10;

    private final BenchWorld world;
    private final TransferPlan plan;
    private final TreeItem warmUp;
    private final TreeItem item;
    private final List<Substituter> substituters = new ArrayList<>();

    /**
     * What came out of it.
     *
     * @param fetcherSeconds from the request to the verified, restored tree, of each fetcher
     * @param firstByteSeconds to the first verified byte, of the fetcher that had to wait longest
     * @param wireBytes on all sockets, both ways; nothing when it is not known
     * @param rssMib resident set of the first fetcher, looked at in equal intervals
     * @param stalledMillis how long links stood still because the relay was not given a processor
     * @param failures what does not hold, one line each
     */
    record Outcome(List<Double> fetcherSeconds, OptionalDouble firstByteSeconds, OptionalLong wireBytes,
            long duplicatedBytes, long requeuedBlocks, double peakRssMib, List<Double> rssMib, double stalledMillis,
            List<String> failures) {
        Outcome {
            fetcherSeconds = List.copyOf(fetcherSeconds);
            rssMib = List.copyOf(rssMib);
            failures = List.copyOf(failures);
        }

        /** Until the last fetcher had it. */
        double seconds() {
            return fetcherSeconds.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        }
    }

    Transfer(BenchWorld world, TransferPlan plan, TreeItem warmUp, TreeItem item) {
        this.world = world;
        this.plan = plan;
        this.warmUp = warmUp;
        this.item = item;
    }

    /**
     * Does it, with so many fetchers.
     *
     * @param loss seeders that are killed midway, if any
     */
    Outcome run(int count, Optional<Loss> loss) throws IOException, InterruptedException {
        List<NodeProcess> fetchers = world.startFetchers(count);
        try {
            for (NodeProcess fetcher : fetchers) {
                ready(fetcher);
            }
            return measure(fetchers, loss);
        } finally {
            for (NodeProcess fetcher : fetchers) {
                fetcher.child().end();
                TreeDeleter.delete(world.directory(fetcher));
            }
        }
    }

    /** What the daemon does first: it asks about the items; and a first item gets the restorer going. */
    private void ready(NodeProcess fetcher) throws IOException, InterruptedException {
        Substituter query = world.site().startSubstituter(fetcher, fetcher.name() + "-query", "--query");
        List<StorePath> paths = List.of(warmUp.path(), item.path());
        InfoReply infos = query.info(paths, INFO);
        if (infos.items().size() != paths.size()) {
            throw new IOException(fetcher.name() + " knows " + infos.items().size() + " of " + paths.size() + " items");
        }
        query.finish();
        Substituter substituter = world.site().startSubstituter(fetcher, fetcher.name() + "-restorer", "--substitute");
        substituters.add(substituter);
        List<String> failures = Fetch.ask(fetcher.api(), warmUp, world.destination(fetcher, warmUp), substituter,
                Optional.empty()).check().failures();
        if (!failures.isEmpty()) {
            throw new IOException("the first item has not come: " + failures.getFirst());
        }
    }

    private Outcome measure(List<NodeProcess> fetchers, Optional<Loss> loss) throws IOException, InterruptedException {
        List<FutureTask<Fetch.Answered>> asked = new ArrayList<>();
        for (int i = 0; i < fetchers.size(); i++) {
            NodeProcess fetcher = fetchers.get(i);
            Substituter substituter = substituters.get(i);
            Path destination = world.destination(fetcher, item);
            asked.add(new FutureTask<>(
                    () -> Fetch.ask(fetcher.api(), item, destination, substituter, Optional.empty())));
        }
        Set<Integer> ports = world.unrelayedPorts(fetchers);
        Optional<SocketBytes> before = sockets(fetchers, ports);
        long relayed = world.relayed();
        long lost = world.lostNanos();
        List<Fetch.Answered> answers = new ArrayList<>();
        List<Double> rss;
        boolean killedInTime;
        try (Memory memory = Memory.watch(fetchers.getFirst().child()); Killer killer = new Killer(loss)) {
            asked.forEach(task -> Thread.ofPlatform().daemon().start(task));
            for (FutureTask<Fetch.Answered> each : asked) {
                answers.add(outcome(each));
            }
            rss = memory.series();
            killedInTime = loss.isEmpty() || killer.hasKilled();
        }
        OptionalLong wire = wireBytes(before, fetchers, ports, relayed);
        double stalled = (world.lostNanos() - lost) / NANOS * MILLI;
        fetchers.forEach(fetcher -> fetcher.child().sample());
        List<String> failures = new ArrayList<>();
        if (!killedInTime) {
            failures.add("the transfer was over before " + plan.loss().orElseThrow() + " could be killed");
        }
        return outcome(answers, wire, rss, stalled, fetchers, failures);
    }

    private static Fetch.Answered outcome(FutureTask<Fetch.Answered> task) throws IOException, InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(task.exceptionNow().getMessage()), e);
        }
    }

    private Outcome outcome(List<Fetch.Answered> answers, OptionalLong wire, List<Double> rss, double stalled,
            List<NodeProcess> fetchers, List<String> failures) throws IOException, InterruptedException {
        long duplicated = 0;
        long requeued = 0;
        OptionalDouble firstByte = OptionalDouble.empty();
        for (Fetch.Answered answer : answers) {
            failures.addAll(answer.check().failures());
            TransferStatus transfer = answer.transfer();
            duplicated += transfer.duplicatedBytes();
            requeued += transfer.requeuedBlocks();
            OptionalDouble own = answer.secondsToFirstByte();
            if (own.isPresent()) {
                firstByte = OptionalDouble.of(Math.max(own.getAsDouble(), firstByte.orElse(0)));
            }
        }
        for (Substituter substituter : substituters) {
            substituter.finish();
            substituter.log().messages().forEach(line -> failures.add(substituter.child().name() + ": " + line));
        }
        if (world.site().narRequests() > 0) {
            failures.add("the substitute server was asked for a NAR under p2p-only");
        }
        double peak = fetchers.stream().map(NodeProcess::child).flatMapToLong(child -> child.peakKib().stream()).max()
                .orElse(0) / KIB_PER_MIB;
        return new Outcome(answers.stream().map(Fetch.Answered::seconds).toList(), firstByte, wire, duplicated,
                requeued, peak, rss, stalled, failures);
    }

    /** Nothing where a relay counts everything, or the kernel's own counts cannot be had. */
    private Optional<SocketBytes> sockets(List<NodeProcess> fetchers, Set<Integer> ports) throws InterruptedException {
        if (plan.isRelayed() && fetchers.size() == 1) {
            return Optional.empty();
        }
        try {
            return Optional.of(SocketBytes.to(ports));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private OptionalLong wireBytes(Optional<SocketBytes> before, List<NodeProcess> fetchers, Set<Integer> ports,
            long relayed) throws InterruptedException {
        long throughRelays = world.relayed() - relayed;
        if (plan.isRelayed() && fetchers.size() == 1) {
            return OptionalLong.of(throughRelays);
        }
        Optional<SocketBytes> after = sockets(fetchers, ports);
        if (before.isEmpty() || after.isEmpty()) {
            return OptionalLong.empty();
        }
        OptionalLong direct = after.get().since(before.get());
        return direct.isEmpty() ? direct : OptionalLong.of(direct.getAsLong() + throughRelays);
    }

    /** Kills seeders when it is time. */
    private final class Killer implements AutoCloseable {
        private final Optional<Thread> thread;
        private volatile boolean killed;

        Killer(Optional<Loss> loss) {
            thread = loss.map(each -> Thread.ofPlatform().daemon().name("killer").start(() -> kill(each)));
        }

        private void kill(Loss loss) {
            try {
                Thread.sleep(Duration.ofNanos(Math.round(loss.second() * NANOS)));
            } catch (InterruptedException e) {
                return; // the transfer is over
            }
            List<Child> victims = world.seeders().stream().limit(loss.seeders()).map(seeder -> seeder.node().child())
                    .toList();
            victims.forEach(Child::kill);
            killed = true;
        }

        boolean hasKilled() {
            return killed;
        }

        @Override
        public void close() {
            thread.ifPresent(Thread::interrupt);
        }
    }
}
