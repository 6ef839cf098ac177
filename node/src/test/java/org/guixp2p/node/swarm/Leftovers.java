// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Virtual threads and sockets that should be gone. */
final class Leftovers {
    private static final Pattern VIRTUAL = Pattern.compile("^#\\d+ \"([^\"]*)\" virtual", Pattern.MULTILINE);
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final long AGAIN_NANOS = 5_000_000;

    private Leftovers() {}

    /** A virtual thread: its name, and the methods that it is in. */
    private record Running(String name, String stack) {}

    private static List<Running> running() throws IOException {
        Path directory = Files.createTempDirectory("threads");
        Path dump = directory.resolve("dump");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpThreads(dump.toString(),
                    HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            List<Running> all = new ArrayList<>();
            for (String thread : Files.readString(dump).split("\n\n", -1)) {
                Matcher head = VIRTUAL.matcher(thread);
                if (head.find()) {
                    all.add(new Running(head.group(1), thread));
                }
            }
            return all;
        } finally {
            Files.deleteIfExists(dump);
            Files.delete(directory);
        }
    }

    /** Names of the virtual threads that run now, as far as they begin so. */
    static List<String> threads(String prefix) throws IOException {
        return running().stream().map(Running::name).filter(name -> name.startsWith(prefix)).toList();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition, String what) throws IOException {
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.holds()) {
            if (System.nanoTime() - until > 0) {
                throw new AssertionError(what);
            }
            LockSupport.parkNanos(AGAIN_NANOS);
        }
    }

    /** Waits until no virtual thread is left whose name begins so. */
    static void awaitNoThreads(String prefix) throws IOException {
        await(() -> threads(prefix).isEmpty(), "still running: " + prefix);
    }

    /** Waits until a virtual thread of this name is parked in this method. */
    static void awaitThreadIn(String name, String method) throws IOException {
        await(() -> running().stream().anyMatch(thread -> thread.name().equals(name) && thread.stack().contains(method)
                && thread.stack().contains("VirtualThread.park")), "no thread " + name + " in " + method);
    }

    /** Waits until the kernel knows no socket with this port, but for those that only wait to be forgotten. */
    static void awaitNoSockets(int port) throws IOException {
        await(() -> sockets(port).isEmpty(), "still open: port " + port);
    }

    private static List<String> sockets(int port) throws IOException {
        String hex = String.format(":%04X ", port);
        String timeWait = " 06 ";
        try (Stream<String> ipv4 = Files.lines(Path.of("/proc/self/net/tcp"));
                Stream<String> ipv6 = Files.lines(Path.of("/proc/self/net/tcp6"))) {
            return Stream.concat(ipv4, ipv6).filter(line -> line.contains(hex) && !line.contains(timeWait)).toList();
        }
    }
}
