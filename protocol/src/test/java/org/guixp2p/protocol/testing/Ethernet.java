// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Machines on one network that is connected with nothing else: network namespaces at a bridge, in a user namespace (Linux,
 * util-linux, iproute2). They share this machine's files.
 */
public final class Ethernet implements AutoCloseable {
    private final List<Process> holders = new ArrayList<>();
    private final Process bridge;
    private int machines;

    /** One of the machines. */
    public final class Machine {
        private final Process holder;

        private Machine(Process holder) {
            this.holder = holder;
        }

        /** What stands before a command that is to run there, in the same process. */
        public String[] inside() {
            return Ethernet.inside(holder).toArray(String[]::new);
        }

        /** Runs a shell's command there, and waits for it. */
        public void run(String script) throws IOException, InterruptedException {
            Ethernet.run(holder, script);
        }
    }

    public Ethernet() throws IOException {
        bridge = hold(List.of("unshare", "-Urn"),
                "ip link add lan type bridge mcast_snooping 0 && ip link set lan up");
    }

    /** Why there can be none here; empty when there can. */
    public static Optional<String> impossible() throws InterruptedException {
        if (!succeeds("ip", "-V")) {
            return Optional.of("iproute2 is not installed");
        }
        if (!succeeds("nsenter", "-V")) {
            return Optional.of("util-linux is not installed");
        }
        try (Ethernet probe = new Ethernet()) {
            probe.machine();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("network namespaces may not be made: " + e.getMessage());
        }
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * One more machine, whose interface is {@code eth0}.
     *
     * @param addresses it has besides the link-local one of IPv6, with the lengths of their prefixes
     */
    public Machine machine(String... addresses) throws IOException, InterruptedException {
        String port = "port" + machines++;
        Process holder = hold(append(inside(bridge), "unshare", "-n"), "ip link set lo up");
        Machine machine = new Machine(holder);
        run(bridge, "ip link add " + port + " type veth peer name eth0 netns " + holder.pid()
                + " && ip link set " + port + " master lan up");
        for (String address : addresses) {
            machine.run("ip address add " + address + " dev eth0");
        }
        // Nobody else has its address: that need not be found out first (RFC 4862, section 5.4).
        machine.run("echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad; ip link set eth0 up");
        return machine;
    }

    private static List<String> inside(Process holder) {
        return List.of("nsenter", "-t", Long.toString(holder.pid()), "-U", "-n", "--preserve-credentials");
    }

    private static List<String> append(List<String> command, String... more) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(more));
        return all;
    }

    /** Starts a process in namespaces of its own, which lasts until its input ends. */
    private Process hold(List<String> wrapper, String script) throws IOException {
        Process holder = new ProcessBuilder(append(wrapper, "sh", "-c", script + " && echo made && exec cat"))
                .redirectErrorStream(true).start();
        holders.add(holder);
        BufferedReader said = holder.inputReader(StandardCharsets.UTF_8);
        String first = said.readLine();
        if (!"made".equals(first)) {
            close();
            throw new IOException(String.valueOf(first));
        }
        return holder;
    }

    private static void run(Process holder, String script) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(append(inside(holder), "sh", "-c", script)).redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> script + ": " + said);
    }

    @Override
    public void close() throws IOException {
        for (Process holder : holders.reversed()) {
            try (OutputStream input = holder.getOutputStream()) {
                input.flush();
            }
            try {
                if (!holder.waitFor(10, TimeUnit.SECONDS)) {
                    holder.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
