// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One Ethernet that is connected with nothing else: a bridge in the network namespace of this process, and at each of its ports a
 * machine, which is a namespace of its own (Linux; iproute2 and util-linux). All of it is gone when the processes in it have ended.
 */
final class LocalNetwork {
    /** Private addresses (RFC 1918): what is of another kind is not believed to be nearby. */
    private static final String SUBNET = "10.77.0.";
    private static final String PREFIX = "/24";
    private static final int HUB = 254;
    private static final String BRIDGE = "lan";
    private static final int SECONDS = 20;
    /**
     * The words of {@link Machine#inside}: becomes a program once its namespace has an interface at the bridge. Nobody else has its
     * address, which therefore need not be found out first (RFC 4862, section 5.4); where that cannot be set it takes a second.
     */
    private static final String BECOME = """
            ( nsenter -t "$1" -n ip link add "$2" type veth peer name eth0 netns $$ &&
              nsenter -t "$1" -n ip link set "$2" master "$3" up &&
              ip link set lo up && ip address add "$4" dev eth0 &&
              { echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad || true; } 2> /dev/null &&
              ip link set eth0 up ) >&2 || exit 1
            shift 4
            exec "$@"
            """;

    private int machines;

    private LocalNetwork() {}

    /** A machine on it that has yet to start. */
    record Machine(String address, String port) {
        /** The words that run {@code command} there, in the same process. */
        List<String> inside(List<String> command) {
            List<String> words = new ArrayList<>(List.of("unshare", "-n", "sh", "-c", BECOME, "sh",
                    Long.toString(ProcessHandle.current().pid()), port, BRIDGE, address + PREFIX));
            words.addAll(command);
            return List.copyOf(words);
        }
    }

    /**
     * Makes the bridge, at which this process stands too.
     *
     * @throws IOException when this process may not: it is to be alone in its namespace, and root there
     */
    static LocalNetwork make() throws IOException, InterruptedException {
        run(List.of("sh", "-c",
                "ip link set lo up && ip link add " + BRIDGE + " type bridge mcast_snooping 0 && ip address add "
                        + SUBNET + HUB + PREFIX + " dev " + BRIDGE + " && ip link set " + BRIDGE + " up"));
        return new LocalNetwork();
    }

    /** Where this process is on it. */
    String hub() {
        return SUBNET + HUB;
    }

    /** The words that ask a node for something by HTTP, before where it is. */
    String asks() {
        return "nsenter -t " + ProcessHandle.current().pid() + " -U -n --preserve-credentials curl -H Host:localhost ";
    }

    /** One more machine. */
    Machine machine() {
        machines++;
        if (machines >= HUB) {
            throw new IllegalStateException("the network is full");
        }
        return new Machine(SUBNET + machines, "port" + machines);
    }

    /**
     * Runs a command to its end.
     *
     * @throws IOException with what it said, when it fails
     */
    static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(command.getFirst() + " does not end");
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    said.isEmpty() ? command.getFirst() + " ended with status " + process.exitValue() : said);
        }
    }
}
