// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.relay.Relay;
import org.guixp2p.harness.units.Loss;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.swarm.HostAndPort;

/** A swarm of as many seeders as ours has, each behind a link of its own, and one client that has nothing. */
record SwarmRival(TorrentClient client) implements Rival {
    private static final double NANOS = 1e9;

    @Override
    public String name() {
        return client.name();
    }

    @Override
    public Optional<String> missing() {
        return client.missing();
    }

    @Override
    public double fetch(Course course) throws IOException, InterruptedException {
        Path directory = course.directory(name());
        List<Child> seeders = new ArrayList<>();
        List<Relay> relays = new ArrayList<>();
        try {
            Torrent torrent = Torrent.of(course.file());
            Path plain = Files.write(directory.resolve("seeders.torrent"), torrent.metainfo(Optional.empty()));
            List<HostAndPort> peers = new ArrayList<>();
            for (int i = 0; i < course.seeders(); i++) {
                peers.add(seeder(course, directory, plain, seeders, relays));
            }
            try (Tracker tracker = Tracker.start(peers)) {
                Path announced = Files.write(directory.resolve("fetcher.torrent"),
                        torrent.metainfo(Optional.of(tracker.url())));
                return run(course, directory, announced, peers, seeders);
            }
        } finally {
            for (Relay relay : relays) {
                relay.close();
            }
            for (Child seeder : seeders) {
                seeder.end();
            }
            TreeDeleter.delete(directory);
        }
    }

    private HostAndPort seeder(Course course, Path directory, Path torrent, List<Child> seeders, List<Relay> relays)
            throws IOException, InterruptedException {
        Path own = Files.createDirectory(directory.resolve("seeder-" + seeders.size()));
        // A link, as clients write files of their own beside it.
        Files.createLink(own.resolve(course.file().getFileName()), course.file());
        int port = Course.freePort();
        seeders.add(client.seed(course, own, torrent, port));
        Optional<Relay> relay = course.relay(port);
        if (relay.isEmpty()) {
            return new HostAndPort("127.0.0.1", port);
        }
        relays.add(relay.get());
        return relay.get().address();
    }

    private double run(Course course, Path directory, Path torrent, List<HostAndPort> peers, List<Child> seeders)
            throws IOException, InterruptedException {
        Path into = Files.createDirectory(directory.resolve("fetcher"));
        Optional<Thread> killer = course.loss().map(loss -> Thread.ofPlatform().daemon()
                .start(() -> kill(loss, seeders)));
        try {
            double seconds = client.fetch(course, into, torrent, Course.freePort(), peers);
            long differs = Files.mismatch(course.file(), into.resolve(course.file().getFileName()));
            if (differs >= 0) {
                throw new IOException(name() + " has fetched another file, from byte " + differs + " on");
            }
            return seconds;
        } finally {
            killer.ifPresent(Thread::interrupt);
        }
    }

    private static void kill(Loss loss, List<Child> seeders) {
        try {
            Thread.sleep(Duration.ofNanos(Math.round(loss.second() * NANOS)));
        } catch (InterruptedException e) {
            return; // it is over
        }
        seeders.stream().limit(loss.seeders()).forEach(Child::kill);
    }
}
