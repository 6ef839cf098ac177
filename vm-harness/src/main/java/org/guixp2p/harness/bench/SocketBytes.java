// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Payload of established TCP connections as the kernel counts it: {@code bytes_acked} and {@code bytes_received} of {@code
 * tcp_info}, as {@code ss -tin} prints them. Nothing stands in the way of what is measured so.
 *
 * @param byConnection bytes both ways, by the two addresses of the side that has dialled
 */
record SocketBytes(Map<String, Long> byConnection) {
    private static final List<String> COMMAND = List.of("ss", "-H", "-O", "-t", "-i", "-n", "state", "established");
    private static final Pattern ADDRESSES = Pattern.compile("\\d+\\s+\\d+\\s+(\\S+:\\d+)\\s+(\\S+:(\\d+))\\s");
    private static final Pattern COUNTED = Pattern.compile(" bytes_(?:acked|received):(\\d+)");

    SocketBytes {
        byConnection = Map.copyOf(byConnection);
    }

    /**
     * Looks at all connections that were dialled to one of {@code ports} of this machine.
     *
     * @throws IOException when {@code ss} of iproute2 cannot be run
     */
    static SocketBytes to(Set<Integer> ports) throws IOException, InterruptedException {
        Process ss = new ProcessBuilder(COMMAND).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String text = new String(ss.getInputStream().readAllBytes(), US_ASCII);
        if (ss.waitFor() != 0) {
            throw new IOException("ss has failed");
        }
        return parse(text.lines().toList(), ports);
    }

    static SocketBytes parse(List<String> lines, Set<Integer> ports) {
        Map<String, Long> found = new HashMap<>();
        for (String line : lines) {
            Matcher addresses = ADDRESSES.matcher(line);
            if (!addresses.lookingAt() || !ports.contains(Integer.parseInt(addresses.group(3)))) {
                continue;
            }
            long bytes = 0;
            Matcher counted = COUNTED.matcher(line);
            while (counted.find()) {
                bytes += Long.parseLong(counted.group(1));
            }
            found.put(addresses.group(1) + " " + addresses.group(2), bytes);
        }
        return new SocketBytes(found);
    }

    /** What has passed since; nothing when a connection has ended meanwhile, and took its count along. */
    OptionalLong since(SocketBytes before) {
        if (!byConnection.keySet().containsAll(before.byConnection.keySet())) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(sum() - before.sum());
    }

    private long sum() {
        return byConnection.values().stream().mapToLong(Long::longValue).sum();
    }
}
