// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** This node and Avahi, by which {@code guix publish --advertise} and {@code guix-daemon --discover} tell and hear, see each other. */
@Timeout(120)
class AvahiTest {
    /**
     * Browses, and announces a server as {@code guix publish} does until a line comes; ends with its input. Avahi wants D-Bus, and a user
     * of its own, who is the only one here.
     */
    private static final String AVAHI = """
            mount -t tmpfs tmpfs /run && mkdir /run/dbus
            for file in passwd group; do
              sed 's/^avahi:x:[0-9]*/avahi:x:0/; s/^\\(avahi:x:0\\):[0-9]*:/\\1:0:/' /etc/$file > /run/$file
              mount --bind /run/$file /etc/$file
            done
            printf '[server]\\nhost-name=other\\n[wide-area]\\nenable-wide-area=no\\n' > /run/avahi.conf
            dbus-daemon --session --address=unix:path=/run/dbus/system_bus_socket --nofork --nopidfile & bus=$!
            trap 'kill $publish $browse $avahi $bus' EXIT
            until test -S /run/dbus/system_bus_socket; do kill -0 $bus || exit 1; done
            avahi-daemon --no-drop-root --no-chroot --no-rlimits -f /run/avahi.conf & avahi=$!
            until avahi-browse -t _none._tcp; do kill -0 $avahi || exit 1; done
            stdbuf -oL avahi-browse --parsable --resolve _guix_publish._tcp & browse=$!
            avahi-publish -s guix-publish-other _guix_publish._tcp 8080 & publish=$!
            read line
            kill $publish
            read line
            """;

    @TempDir
    Path directory;

    private static boolean isThere(String program) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + program).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start().waitFor() == 0;
    }

    private static void await(BufferedReader said, String... parts) throws IOException {
        List<String> all = new ArrayList<>();
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            all.add(line);
            if (List.of(parts).stream().allMatch(line::contains)) {
                return;
            }
        }
        throw new AssertionError("it ended, and said " + all);
    }

    private Process start(Ethernet.Machine machine, String log, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(machine.inside()));
        command.addAll(List.of(words));
        return new ProcessBuilder(command).redirectError(directory.resolve(log).toFile()).start();
    }

    @Test
    void eachSeesTheOthersServerComeAndGo() throws Exception {
        for (String program : List.of("avahi-daemon", "avahi-browse", "dbus-daemon", "stdbuf")) {
            assumeTrue(isThere(program), program + " is not installed");
        }
        Optional<String> impossible = Ethernet.impossible();
        assumeTrue(impossible.isEmpty(), impossible.orElse(""));
        try (Ethernet ethernet = new Ethernet()) {
            Process avahi = start(ethernet.machine("10.77.0.2/24"), "avahi", "unshare", "-m", "sh", "-c", AVAHI);
            Process node = start(ethernet.machine("10.77.0.1/24"), "node",
                    Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx64m",
                    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                    LanProgram.class.getName(), "1", "6881", "0.0.0.0:8081");
            try (BufferedReader browsed = avahi.inputReader(StandardCharsets.UTF_8);
                    BufferedReader said = node.inputReader(StandardCharsets.UTF_8);
                    Writer toAvahi = avahi.outputWriter(StandardCharsets.UTF_8);
                    Writer toNode = node.outputWriter(StandardCharsets.UTF_8)) {
                await(browsed, "=;eth0;IPv4;guix-p2p-", ";10.77.0.1;8081;");
                await(said, "appeared http://10.77.0.2:8080");
                toAvahi.write("\n");
                toAvahi.flush();
                await(said, "disappeared http://10.77.0.2:8080");
                toNode.write("stop\n");
                toNode.flush();
                await(browsed, "-;eth0;IPv4;guix-p2p-");
                assertTrue(avahi.isAlive());
            } finally {
                node.destroyForcibly();
            }
            assertTrue(avahi.waitFor(10, TimeUnit.SECONDS));
        }
    }
}
