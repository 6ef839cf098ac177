// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real multicast between machines on a network of their own. */
@Timeout(120)
class LanTest {
    @TempDir
    Path directory;

    private final List<Program> programs = new ArrayList<>();
    private Ethernet ethernet;

    /** A {@link LanProgram} on a machine. */
    private static final class Program {
        private final Process process;
        private final BufferedReader said;
        private final Writer told;

        Program(Ethernet.Machine machine, int number, int port, Path log, String... gateway) throws IOException {
            List<String> command = new ArrayList<>(List.of(machine.inside()));
            command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx64m",
                    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                    LanProgram.class.getName(), Integer.toString(number), Integer.toString(port)));
            command.addAll(List.of(gateway));
            process = new ProcessBuilder(command).redirectError(log.toFile()).start();
            said = process.inputReader(StandardCharsets.UTF_8);
            told = process.outputWriter(StandardCharsets.UTF_8);
            await("ready ");
        }

        /** The next line that begins so; others are passed over. */
        String await(String start) throws IOException {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                if (line.startsWith(start)) {
                    return line;
                }
            }
            throw new IOException("ended, and never said " + start);
        }

        void tell(String line) throws IOException {
            told.write(line + "\n");
            told.flush();
        }

        /** Asks who is there until that is as wanted. */
        String awaitThere(Predicate<String> wanted) throws IOException {
            while (true) {
                tell("who");
                String there = await("there ");
                if (wanted.test(there)) {
                    return there;
                }
                Thread.onSpinWait();
            }
        }

        /** Waits until it has met a peer, and says where. */
        String met(int number) throws IOException {
            return await("met " + LanProgram.peer(number) + " ");
        }
    }

    @BeforeEach
    void connect() throws IOException, InterruptedException {
        Optional<String> impossible = Ethernet.impossible();
        assumeTrue(impossible.isEmpty(), impossible.orElse(""));
        ethernet = new Ethernet();
    }

    @AfterEach
    void disconnect() throws IOException {
        programs.forEach(program -> program.process.destroyForcibly());
        if (ethernet != null) {
            ethernet.close();
        }
    }

    private Program start(Ethernet.Machine machine, int number, int port, String... gateway) throws IOException {
        Program program = new Program(machine, number, port, directory.resolve("log" + number), gateway);
        programs.add(program);
        return program;
    }

    private static String named(int number) {
        return LanProgram.peer(number).toString();
    }

    @Tag("slow")
    @Test
    void peersFindEachOtherAndLeave() throws Exception {
        Program one = start(ethernet.machine("10.77.0.1/24"), 1, 6881);
        Program two = start(ethernet.machine("10.77.0.2/24"), 2, 6882);
        two.met(1);
        one.met(2);
        two.tell("stop");
        long took = Long.parseLong(two.await("stopped ").substring("stopped ".length()));
        assertTrue(took < 1000, () -> "leaving took " + took + " ms");
        one.awaitThere(there -> !there.contains(named(2)));
    }

    @Test
    void gatewaysAreFoundBesidePeersAndLeave() throws Exception {
        Program one = start(ethernet.machine("10.77.0.1/24"), 1, 6881, "0.0.0.0:8081");
        Program two = start(ethernet.machine("10.77.0.2/24"), 2, 6882, "0.0.0.0:8082");
        // Of both its own is passed over.
        assertEquals("appeared http://10.77.0.1:8081", two.await("appeared "));
        assertEquals("appeared http://10.77.0.2:8082", one.await("appeared "));
        two.tell("stop");
        assertEquals("disappeared http://10.77.0.2:8082", one.await("disappeared "));
    }

    /** A thousand services, of which some would have others be asked, and some are larger than any is. */
    @Test
    @Tag("slow")
    void whoeverAnnouncesServersWithoutEndIsHeardWithinBounds() throws Exception {
        Program one = start(ethernet.machine("10.77.0.1/24"), 1, 6881);
        Program liar = start(ethernet.machine("10.77.0.2/24"), 2, 6882);
        for (String lie : List.of("198.51.100.7 8080 20 0", "127.0.0.1 8080 20 0", "10.77.0.1 8080 20 0",
                "10.78.0.5 8080 20 0", "10.77.0.5 0 1 0", "10.77.0.5 22 1 0", "10.77.0.5 8080 1 6000",
                "10.77.0.6 9000 1000 0")) {
            liar.tell("servers " + lie);
            liar.await("served");
        }
        start(ethernet.machine("10.77.0.3/24"), 3, 6883, "0.0.0.0:8083");
        Set<String> appeared = new HashSet<>();
        while (appeared.add(one.await("appeared ")) && !appeared.contains("appeared http://10.77.0.3:8083")) {
            assertTrue(appeared.size() <= 1 + LanServers.MOST_OF_A_MACHINE, appeared::toString);
        }
        assertTrue(appeared.stream().allMatch(line -> line.contains("//10.77.0.6:9") || line.contains("//10.77.0.3:")),
                appeared::toString);
    }

    /** The best of three: whoever else uses this machine slows one down, but not the network. */
    @Test
    @Tag("slow")
    void whoeverComesFindsThoseWhoAreThereWithinTwoSeconds() throws Exception {
        Program one = start(ethernet.machine("10.77.0.1/24"), 1, 6881);
        start(ethernet.machine("10.77.0.2/24"), 2, 6882).met(1);
        one.met(2);
        long best = Long.MAX_VALUE;
        for (int i = 3; i < 6; i++) {
            Ethernet.Machine machine = ethernet.machine("10.77.0." + i + "/24");
            Program newcomer = start(machine, i, 6880 + i);
            long since = System.nanoTime();
            newcomer.met(1);
            best = Math.min(best, (System.nanoTime() - since) / 1_000_000);
        }
        long found = best;
        System.out.println("ready to found: " + found + " ms");
        assertTrue(found < 2000, () -> "found after " + found + " ms");
    }

    @Test
    @Tag("slow")
    void linkLocalAddressesOfIpv6AreEnough() throws Exception {
        Program one = start(ethernet.machine(), 1, 6881);
        Program two = start(ethernet.machine(), 2, 6882);
        assertTrue(two.met(1).contains("/[fe80:"));
        assertTrue(one.met(2).contains("/[fe80:"));
        assertTrue(two.awaitThere(there -> there.contains(named(1))).contains("Nearby"));
    }

    @Test
    @Tag("slow")
    void interfacesComeAndGo() throws Exception {
        Program one = start(ethernet.machine("10.77.0.1/24"), 1, 6881);
        Ethernet.Machine moving = ethernet.machine();
        Program two = start(moving, 2, 6882);
        assertTrue(two.met(1).contains("/[fe80:"));
        moving.run("ip address add 10.77.0.2/24 dev eth0");
        two.awaitThere(there -> there.contains("10.77.0.1"));
        moving.run("ip link set eth0 down");
        two.awaitThere(there -> there.equals("there []"));
        moving.run("echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad; ip link set eth0 up");
        two.met(1);
        assertNotEquals("there []", one.awaitThere(there -> there.contains(named(2))));
    }

    @Test
    @Tag("slow")
    void whatIsNoPeerIsPassedOver() throws Exception {
        Program one = start(ethernet.machine("10.77.0.1/24"), 1, 6881);
        Program liar = start(ethernet.machine("10.77.0.2/24"), 2, 6882);
        one.met(2);
        liar.tell("lie " + named(1));
        liar.await("lied");
        one.met(99);
        String there = one.awaitThere(all -> all.contains(named(99)));
        assertFalse(there.contains(named(77)), there);
        assertFalse(there.contains(named(1)), there);
    }

    @Test
    @Tag("slow")
    void whoeverFillsTheMemoryIsForgotten() throws Exception {
        Program one = start(ethernet.machine("10.77.0.1/24"), 1, 6881);
        Program two = start(ethernet.machine("10.77.0.2/24"), 2, 6882);
        one.met(2);
        Path log = directory.resolve("log1");
        while (!Files.readString(log).contains("10.77.0.1 at eth0 is left")) {
            two.tell("flood");
            two.await("flooded");
        }
        one.met(2);
    }
}
