// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.harness.process.JavaCommand;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LocalNetworkTest {
    private static final String READ_ONLY = "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && ";

    /** The hub: says what two machines say of their interfaces. */
    static final class Hub {
        private Hub() {}

        public static void main(String... args) throws IOException, InterruptedException {
            LocalNetwork network = LocalNetwork.make();
            for (int i = 0; i < 2; i++) {
                List<String> words = network.machine()
                        .inside(List.of("ip", "-o", "-4", "address", "show", "up", "eth0"));
                int status = new ProcessBuilder(words).inheritIO().start().waitFor();
                if (status != 0) {
                    System.exit(status);
                }
            }
        }
    }

    /** As in a container, where the kernel's settings are not to be touched. */
    @ParameterizedTest
    @ValueSource(strings = {"", READ_ONLY})
    void eachMachineHasAnAddressAndIsUp(String before) throws IOException, InterruptedException {
        Optional<String> impossible = Ethernet.impossible();
        assumeTrue(impossible.isEmpty(), impossible.orElse(""));
        List<String> unshare = List.of("unshare", "-Urnm", "sh", "-c");
        List<String> words = new ArrayList<>(unshare);
        words.add(before + "true");
        assumeTrue(new ProcessBuilder(words).start().waitFor() == 0, "mounts of one's own may not be made");
        words = new ArrayList<>(unshare);
        words.addAll(List.of(before + "exec \"$@\"", "sh"));
        words.addAll(JavaCommand.ofThisProcess().words(List.of("-Xmx64m", "-XX:+UseSerialGC"), Hub.class.getName(),
                List.of()));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        assertEquals(List.of("10.77.0.1/24", "10.77.0.2/24"),
                said.lines().map(line -> line.replaceAll(".* inet ([^ ]+) .*", "$1")).toList());
    }
}
