// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the program that most home routers run (miniupnpd), which maps by nftables, on a network of its own. */
@Timeout(120)
class RealRouterTest {
    private static final String PATH = "PATH=$PATH:/usr/sbin:/sbin; ";
    private static final String CONFIGURATION = """
            ext_ifname=wan0
            listening_ip=eth0
            port=5000
            enable_natpmp=yes
            enable_upnp=yes
            secure_mode=yes
            uuid=09be3dd2-b873-4599-9dd3-bd7979bdfa1e
            allow 1024-65535 0.0.0.0/0 1024-65535
            """;
    private static final String RULES = """
            table inet filter {
                chain forward { type filter hook forward priority 0; policy accept; jump miniupnpd; }
                chain miniupnpd { }
                chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
                chain postrouting { type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; }
                chain prerouting_miniupnpd { }
                chain postrouting_miniupnpd { }
            }
            """;

    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();
    private Ethernet ethernet;
    private Ethernet.Machine router;

    private static boolean runs(String command) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", PATH + command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    }

    @BeforeEach
    void start() throws IOException, InterruptedException {
        Optional<String> impossible = Ethernet.impossible();
        assumeTrue(impossible.isEmpty(), impossible.orElse(""));
        assumeTrue(runs("command -v miniupnpd"), "miniupnpd is not installed");
        assumeTrue(runs("command -v nft"), "nftables is not installed");
        ethernet = new Ethernet();
        router = ethernet.machine("10.77.0.1/24");
        router.run("ip link add wan0 type veth peer name wan1 && ip address add 5.6.7.8/24 dev wan0"
                + " && ip link set wan0 up && ip link set wan1 up && ip route add default dev wan0");
        Path rules = Files.writeString(directory.resolve("rules"), RULES);
        router.run(PATH + "nft -f " + rules);
        Path configuration = Files.writeString(directory.resolve("conf"), CONFIGURATION);
        Process daemon = inside(router, List.of("sh", "-c", PATH + "exec miniupnpd -d -f " + configuration + " -P "
                + directory.resolve("pid") + " 2>&1"));
        await(daemon.inputReader(StandardCharsets.UTF_8), "Listening for NAT-PMP/PCP");
    }

    @AfterEach
    void stop() throws IOException {
        processes.forEach(Process::destroy);
        if (ethernet != null) {
            ethernet.close();
        }
    }

    private Process inside(Ethernet.Machine machine, List<String> command) throws IOException {
        List<String> words = new ArrayList<>(List.of(machine.inside()));
        words.addAll(command);
        processes.add(new ProcessBuilder(words).redirectError(directory.resolve("log").toFile()).start());
        return processes.getLast();
    }

    private static String await(BufferedReader said, String part) throws IOException {
        StringBuilder before = new StringBuilder();
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.contains(part)) {
                return line;
            }
            before.append(line).append('\n');
        }
        throw new IOException("ended, and never said " + part + ":\n" + before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PCP", "NAT-PMP", "UPnP"})
    void aPortIsMappedAndGivenUp(String protocol) throws Exception {
        Ethernet.Machine machine = ethernet.machine("10.77.0.2/24");
        machine.run("ip route add default via 10.77.0.1");
        Process program = inside(machine,
                List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx64m",
                        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                        RouterProgram.class.getName(), protocol, "6881"));
        assertEquals("at 5.6.7.8:6881", await(program.inputReader(StandardCharsets.UTF_8), "at "));
        router.run(PATH + "nft list ruleset > " + directory.resolve("mapped"));
        String mapped = Files.readString(directory.resolve("mapped"));
        // Of TCP and of UDP.
        assertEquals(2, mapped.lines().filter(line -> line.contains("dnat ip to 10.77.0.2:6881")).count(), mapped);
        program.getOutputStream().close();
        assertTrue(program.waitFor(30, TimeUnit.SECONDS));
        router.run(PATH + "! nft list ruleset | grep dnat");
    }
}
