// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.config.Surroundings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The link to a node that runs, printed and opened. */
@Timeout(120)
class DashboardCommandTest {
    @TempDir
    private Path directory;

    private SetUp setUp;

    @BeforeEach
    void begin() throws IOException {
        setUp = new SetUp(directory);
    }

    @AfterEach
    void stop() {
        setUp.close();
    }

    private String start() throws Exception {
        setUp.settings.put("api_bind", "127.0.0.1:0");
        NodeRuntime.Running node = setUp.startNode();
        return "http://" + node.addresses().api().orElseThrow() + "/#link=";
    }

    @Test
    void aLinkIsPrinted() throws Exception {
        String link = start();
        assertEquals(0, setUp.run("dashboard"), setUp.commands.err());
        String first = setUp.commands.out().strip();
        assertTrue(first.startsWith(link) && first.matches("\\S+=[A-Za-z0-9_-]{32}"), first);
        assertEquals(0, setUp.run("dashboard", "--json"));
        String second = ConfigFactory.parseString(setUp.commands.out()).getString("link");
        assertTrue(second.startsWith(link) && !second.equals(first), second);
    }

    @Test
    void withoutAnApiThereIsNone() throws Exception {
        setUp.startNode();
        assertEquals(1, setUp.run("dashboard"));
        assertTrue(setUp.commands.err().contains("there is no dashboard: the REST API is off"), setUp.commands.err());
        assertEquals("", setUp.commands.out());
    }

    private int open(Map<String, String> environment) throws IOException {
        CommandRun commands = new CommandRun(
                new Surroundings(environment, "alice", directory, directory.resolve("none")));
        int status = commands.run("dashboard", "--open", "--config", setUp.file().toString());
        assertFalse((commands.out() + commands.err()).contains("link="), "nothing that lets in is printed");
        return status;
    }

    private Path program(String script) throws IOException {
        Path bin = Files.createDirectories(directory.resolve("bin"));
        Path program = Files.writeString(bin.resolve("xdg-open"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return bin;
    }

    /** With which words a program is run, all users of the machine see. */
    @Test
    void aBrowserIsLedToTheLinkWithoutItsBeingSeen() throws Exception {
        String link = start();
        Path said = directory.resolve("said");
        Path bin = program("echo \"$*\" >'" + said + "'; cp \"$1\" '" + said + ".html'; stat -c %a \"$1\" >'" + said
                + ".mode'");
        Path run = Files.createDirectory(directory.resolve("session"));
        assertEquals(0, open(Map.of("PATH", "/nowhere:" + bin, "XDG_RUNTIME_DIR", run.toString())));
        assertEquals(run.resolve("guix-p2p-dashboard.html") + "\n", Files.readString(said));
        assertEquals("600\n", Files.readString(said.resolveSibling("said.mode")));
        assertTrue(Files.readString(said.resolveSibling("said.html")).contains("url=" + link));
        // Where there is no such directory the file has a name that nobody guesses.
        assertEquals(0, open(Map.of("PATH", bin.toString())));
        Path page = Path.of(Files.readString(said).strip());
        assertEquals("600\n", Files.readString(said.resolveSibling("said.mode")));
        assertTrue(page.getFileName().toString().matches("guix-p2p-dashboard\\d+\\.html"), page::toString);
        Files.delete(page);
    }

    @Test
    void thatNoBrowserOpensIsSaid() throws Exception {
        start();
        assertEquals(1, open(Map.of("PATH", "/nowhere")));
        Path run = Files.createDirectory(directory.resolve("session"));
        assertEquals(1, open(Map.of("PATH", program("exit 3").toString(), "XDG_RUNTIME_DIR", run.toString())));
    }
}
