// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.guixp2p.harness.process.Child;
import org.guixp2p.protocol.swarm.HostAndPort;

/** The library under most BitTorrent clients, driven by a script of this package; it measures itself, without its start. */
record Libtorrent() implements TorrentClient {
    /** The system's own: the package that has the binding is made for no other. */
    private static final String PYTHON = "/usr/bin/python3";
    private static final String SCRIPT = "libtorrent_swarm.py";
    private static final long FOR_A_CHECK_SECONDS = 30;

    @Override
    public String name() {
        return "libtorrent";
    }

    @Override
    public Optional<String> missing() {
        try {
            Process check = new ProcessBuilder(PYTHON, "-c", "import libtorrent")
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            boolean there = check.waitFor(FOR_A_CHECK_SECONDS, TimeUnit.SECONDS) && check.exitValue() == 0;
            return there ? Optional.empty() : Optional.of("python3-libtorrent is not installed");
        } catch (IOException e) {
            return Optional.of(PYTHON + " is not installed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }

    private static Child start(Course course, String name, Path directory, List<String> arguments) throws IOException {
        Path script = directory.resolve(SCRIPT);
        try (InputStream in = Objects.requireNonNull(Libtorrent.class.getResourceAsStream(SCRIPT))) {
            Files.copy(in, script);
        }
        List<String> command = new ArrayList<>(List.of(PYTHON, script.toString()));
        command.addAll(arguments);
        return course.start(name, directory, command);
    }

    @Override
    public Child seed(Course course, Path directory, Path torrent, int port) throws IOException {
        Child child = start(course, "libtorrent-seeder", directory,
                List.of("seed", torrent.toString(), directory.toString(), Integer.toString(port)));
        BufferedReader lines = child.process().inputReader(StandardCharsets.UTF_8);
        String line = lines.readLine();
        if (!"seeding".equals(line)) {
            throw new IOException(child + " does not seed: " + line);
        }
        return child;
    }

    @Override
    public double fetch(Course course, Path directory, Path torrent, int port, List<HostAndPort> peers)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(
                List.of("fetch", torrent.toString(), directory.toString(), Integer.toString(port)));
        peers.forEach(peer -> arguments.add(Integer.toString(peer.port())));
        String seconds = course.finish(start(course, "libtorrent", directory, arguments)).strip();
        try {
            return Double.parseDouble(seconds);
        } catch (NumberFormatException e) {
            throw new IOException("libtorrent says '" + seconds + "' instead of a time", e);
        }
    }
}
