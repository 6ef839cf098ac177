// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.harness.process.Child;
import org.guixp2p.protocol.swarm.HostAndPort;

/** The client of many who want one command; it finds peers by a tracker alone. */
record Aria2() implements TorrentClient {
    private static final double NANOS = 1e9;
    private static final List<String> COMMON = List.of("aria2c", "--no-conf", "--quiet", "--enable-dht=false",
            "--enable-dht6=false", "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--bt-max-peers=0",
            "--file-allocation=none", "--allow-overwrite=true", "--disk-cache=64M");

    @Override
    public String name() {
        return "aria2c";
    }

    @Override
    public Optional<String> missing() {
        return Course.isInstalled("aria2c") ? Optional.empty() : Optional.of("aria2c is not installed");
    }

    private static List<String> command(Path directory, int port, String more, Path torrent) {
        List<String> command = new ArrayList<>(COMMON);
        command.addAll(List.of("--dir=" + directory, "--listen-port=" + port, more, torrent.toString()));
        return command;
    }

    @Override
    public Child seed(Course course, Path directory, Path torrent, int port) throws IOException, InterruptedException {
        List<String> command = command(directory, port, "--seed-ratio=0.0", torrent);
        command.add(1, "--bt-seed-unverified=true");
        Child child = course.start("aria2c-seeder", directory, command);
        Course.awaitListening(child, port);
        return child;
    }

    @Override
    public double fetch(Course course, Path directory, Path torrent, int port, List<HostAndPort> peers)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        course.finish(course.start("aria2c", directory, command(directory, port, "--seed-time=0", torrent)));
        return (System.nanoTime() - began) / NANOS;
    }
}
