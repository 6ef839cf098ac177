// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.relay.Relay;
import org.guixp2p.harness.units.Loss;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * What all rivals run on: the file, the links, and the losses on the way.
 *
 * @param file the NAR
 * @param hash of its bytes
 * @param seeders how many servers it has, where a rival can use several
 * @param link in front of each server, if any
 * @param loss servers that are lost midway, where there are several
 */
public record Course(Workplace place, Path file, Sha256 hash, int seeders, Optional<Link> link, Optional<Loss> loss) {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration MOST = Duration.ofHours(1);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    /** A directory of one's own below the run's. */
    Path directory(String name) throws IOException {
        return Files.createDirectory(place.directory().resolve(unique(name)));
    }

    private static String unique(String name) {
        return name + "-" + NUMBER.incrementAndGet();
    }

    /** Starts a program; what it says on standard error goes to a file of {@code directory}. */
    Child start(String name, Path directory, List<String> command) throws IOException {
        String own = unique(name);
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                .redirectError(directory.resolve(own + ".log").toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("HOME", directory.toString());
        Child child = place.processes().start(own, builder);
        child.process().getOutputStream().close();
        return child;
    }

    /**
     * Waits for the end of a program.
     *
     * @return what it said on standard output
     * @throws IOException when it fails
     */
    String finish(Child child) throws IOException, InterruptedException {
        String output = new String(child.process().getInputStream().readAllBytes(), UTF_8);
        if (!child.process().waitFor(MOST.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException(child + " does not end");
        }
        if (child.process().exitValue() != 0) {
            throw new IOException(child + " has ended with status " + child.process().exitValue());
        }
        return output;
    }

    /** A port of loopback that is free now. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** Waits until {@code server} listens. */
    static void awaitListening(Child server, int port) throws IOException, InterruptedException {
        long began = System.nanoTime();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
                return;
            } catch (IOException e) {
                if (!server.isAlive() || System.nanoTime() - began > START.toNanos()) {
                    throw new IOException(server + " does not listen", e);
                }
                Thread.sleep(LOOK_AGAIN);
            }
        }
    }

    /** A link in front of a server of loopback, if there are to be any. */
    Optional<Relay> relay(int port) throws IOException {
        return link.isEmpty()
                ? Optional.empty()
                : Optional.of(Relay.start(new HostAndPort("127.0.0.1", port), link.get()));
    }

    /** Whether a program is on {@code PATH}, or where servers are. */
    static boolean isInstalled(String program) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin";
        return Stream.of(path.split(":", -1)).map(directory -> Path.of(directory, program))
                .anyMatch(Files::isExecutable);
    }
}
