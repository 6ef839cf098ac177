// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Surroundings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SetupTest {
    private static final String DROP_IN = "/etc/systemd/system/guix-daemon.service.d/zz-guix-p2p.conf";
    private static final String OWN_EXTENSIONS = "/usr/local/share/guix-p2p/guix/extensions";

    @TempDir
    Path temporary;

    private SetupFixture machine;

    @BeforeEach
    void machine() throws IOException {
        machine = new SetupFixture(temporary);
    }

    private String refusal() {
        SetupException refused = assertThrows(SetupException.class, machine::install);
        String message = String.valueOf(refused.getMessage());
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private NodeConfig settings() throws ConfigException {
        Surroundings service = new Surroundings(Map.of(), "guix-p2p", Path.of("/var/lib/guix-p2p"),
                Path.of("/none"));
        return ConfigLoader.load(service, Optional.of(machine.at("/etc/guix-p2p/guix-p2p.conf")), List.of()).config();
    }

    @Test
    void everythingIsWrittenWithItsMode() throws Exception {
        machine.install();
        assertEquals("""
                # Lets guix-daemon ask the guix-p2p node for substitutes. Written by 'guix-p2p setup'.
                [Service]
                Environment="GUIX_EXTENSIONS_PATH=/usr/local/share/guix-p2p/guix/extensions"
                """, machine.text(DROP_IN));
        assertTrue(machine.text("/etc/guix-p2p/bridge.conf").endsWith("""
                socket = /var/cache/guix-p2p/guix-p2p.sock
                fallback = builtin
                user = guix-p2p
                acl = /etc/guix/acl
                """));
        assertEquals("(settings)", machine.text(OWN_EXTENSIONS + "/guix-p2p/settings.scm"));
        assertEquals("node", machine.text("/usr/local/share/guix-p2p/lib/node.jar"));
        assertEquals("rwxr-xr-x", machine.mode("/usr/local/bin/guix-p2p"));
        for (String file : List.of(DROP_IN, "/etc/guix-p2p/bridge.conf", "/etc/guix-p2p/guix-p2p.conf",
                "/etc/guix-p2p/setup.record", "/etc/systemd/system/guix-p2p.service", "/etc/sysusers.d/guix-p2p.conf",
                OWN_EXTENSIONS + "/substitute.scm")) {
            assertEquals("rw-r--r--", machine.mode(file), file);
        }
        for (String directory : List.of("/etc/guix-p2p", "/usr/local/share/guix-p2p/lib", "/var/lib", OWN_EXTENSIONS)) {
            assertEquals("rwxr-xr-x", machine.mode(directory), directory);
        }
        assertEquals("rwx------", machine.mode("/var/lib/guix-p2p"));
        assertEquals("rwxr-x---", machine.mode("/var/cache/guix-p2p"));
        assertEquals(List.of("guix-p2p guix-p2p", "guix-p2p guix-p2p"), machine.system.owners);
        assertEquals(List.of("systemd-sysusers /etc/sysusers.d/guix-p2p.conf", "systemctl daemon-reload",
                "systemctl enable guix-p2p.service", "systemctl restart guix-p2p.service",
                "systemctl try-restart guix-daemon.service"), machine.system.commands);
        String unit = machine.text("/etc/systemd/system/guix-p2p.service");
        assertTrue(unit.contains("\nExecStart=/usr/local/bin/guix-p2p node\n"), unit);
        assertTrue(unit.contains("\nEnvironment=\"JAVA_HOME=/usr/lib/jvm/jdk-25\"\n"), unit);
        assertTrue(unit.contains("\nStateDirectory=guix-p2p\n") && unit.contains("\nUser=guix-p2p\n"), unit);
        assertTrue(machine.text("/etc/sysusers.d/guix-p2p.conf").contains("\nu guix-p2p - "));
        assertEquals(Share.LAN, settings().seeding().share());
    }

    @ParameterizedTest
    @CsvSource({"OFF,P2P_ONLY,none", "LAN,HTTP_FIRST,builtin", "WORLD,P2P_FIRST,builtin"})
    void theChoicesStandInTheSettings(Share share, SubstitutePolicy policy, String fallback) throws Exception {
        machine.install(new SetupChoices(Optional.of(share), Optional.of(policy), true), false);
        assertEquals(share, settings().seeding().share());
        assertEquals(policy, settings().substitutes().policy());
        assertTrue(machine.text("/etc/guix-p2p/bridge.conf").contains("\nfallback = " + fallback + "\n"));
    }

    @Test
    void whatIsMadeIsTakenBackWithoutATrace() throws Exception {
        Set<String> before = machine.tree();
        machine.install();
        SetupFixture.file(machine.at("/usr/local/share/guix-p2p/substituter.aot"), "made by the launcher");
        machine.system.commands.clear();
        machine.undo(false);
        assertEquals(before, machine.tree());
        assertEquals(List.of("systemctl disable --now guix-p2p.service", "systemctl daemon-reload",
                "systemctl try-restart guix-daemon.service", "userdel guix-p2p"), machine.system.commands);
        machine.undo(false);
        assertEquals(List.of("nothing to take back: there is no " + machine.at("/etc/guix-p2p/setup.record")),
                machine.said);
    }

    @Test
    void aSecondRunChangesNothing() throws Exception {
        machine.install();
        Set<String> after = machine.tree();
        machine.install();
        assertEquals(after, machine.tree());
        assertEquals(List.of(), machine.said);
        machine.install(new SetupChoices(Optional.empty(), Optional.empty(), true), false);
        assertEquals(after, machine.tree());
    }

    @Test
    void anUpgradeReplacesWhatIsOurs() throws Exception {
        Set<String> before = machine.tree();
        machine.install();
        SetupFixture.file(machine.program.lib().resolve("node.jar"), "a newer node");
        machine.install();
        assertEquals(List.of("replaced /usr/local/share/guix-p2p/lib/node.jar"), machine.said);
        assertEquals("a newer node", machine.text("/usr/local/share/guix-p2p/lib/node.jar"));
        Files.setPosixFilePermissions(machine.at("/usr/local/bin/guix-p2p"), Set.of());
        machine.install();
        assertEquals("rwxr-xr-x", machine.mode("/usr/local/bin/guix-p2p"));
        machine.undo(false);
        assertEquals(before, machine.tree());
    }

    @Test
    void whatTheUserChangedIsKept() throws Exception {
        machine.install();
        machine.system("/etc/guix-p2p/bridge.conf", "fallback = none\n");
        machine.system("/var/lib/guix-p2p/identity", "key");
        machine.install();
        assertEquals(List.of("kept /etc/guix-p2p/bridge.conf: it is not ours, or was changed since"), machine.said);
        machine.system.commands.clear();
        machine.undo(false);
        assertTrue(machine.said.containsAll(List.of("kept /etc/guix-p2p/bridge.conf: it was changed since",
                "kept /var/lib/guix-p2p/: it is not empty", "kept /etc/guix-p2p/: it is not empty",
                "kept the user guix-p2p, to whom files may still belong")), machine.said.toString());
        assertEquals("fallback = none\n", machine.text("/etc/guix-p2p/bridge.conf"));
        assertEquals("key", machine.text("/var/lib/guix-p2p/identity"));
        assertFalse(Files.exists(machine.at(DROP_IN)));
        assertFalse(machine.system.commands.contains("userdel guix-p2p"));
    }

    @Test
    void aUserThatWasThereStays() throws Exception {
        machine.system.users.add("guix-p2p");
        machine.install();
        machine.undo(false);
        assertFalse(machine.system.commands.contains("userdel guix-p2p"));
    }

    @Test
    void settingsThatAreThereAreTheUsersOwn() throws Exception {
        String mine = "share = world\nsubstitute_policy = p2p-only\nsocket_path = /run/mine/sock\nstate_dir = /srv/p2p\n";
        machine.system("/etc/guix-p2p/guix-p2p.conf", mine);
        assertTrue(Setup.isConfigured(machine.root));
        machine.install(new SetupChoices(Optional.empty(), Optional.empty(), true), false);
        assertEquals(mine, machine.text("/etc/guix-p2p/guix-p2p.conf"));
        assertTrue(machine.text("/etc/guix-p2p/bridge.conf").contains("socket = /run/mine/sock\nfallback = none\n"));
        String unit = machine.text("/etc/systemd/system/guix-p2p.service");
        assertTrue(unit.contains("ReadWritePaths=\"/srv/p2p\"\n") && unit.contains("ReadWritePaths=\"/run/mine\"\n"),
                unit);
        assertFalse(unit.contains("StateDirectory="), unit);
        assertEquals("rwx------", machine.mode("/srv/p2p"));
        assertTrue(refusal().contains("share = world"));
        machine.undo(false);
        assertEquals(mine, machine.text("/etc/guix-p2p/guix-p2p.conf"));
    }

    @Test
    void wrongSettingsStopItBeforeAnythingIsWritten() throws Exception {
        machine.system("/etc/guix-p2p/guix-p2p.conf", "shar = lan\n");
        Set<String> before = machine.tree();
        assertThrows(ConfigException.class, machine::install);
        assertEquals(before, machine.tree());
        assertEquals(List.of(), machine.system.commands);
    }

    @Test
    void extensionsThatAreThereStayInTheList() throws Exception {
        machine.system("/etc/systemd/system/guix-daemon.service.d/override.conf",
                "[Service]\nEnvironment=A=b \"GUIX_EXTENSIONS_PATH=/opt/my extensions:/opt/100%\"\n");
        machine.install();
        String expected = "Environment=\"GUIX_EXTENSIONS_PATH=" + OWN_EXTENSIONS + ":/opt/my extensions:/opt/100%%\"\n";
        assertTrue(machine.text(DROP_IN).contains(expected), machine.text(DROP_IN));
        machine.install();
        assertTrue(machine.text(DROP_IN).contains(expected), "our own drop-in is not taken for the user's");
    }

    @Test
    void aDaemonWithoutRootGetsTheSocketsGroup() throws Exception {
        machine.system("/etc/systemd/system/guix-daemon.service", "[Service]\nUser=guix-daemon\nExecStart=/x\n");
        machine.install();
        assertTrue(machine.text(DROP_IN).endsWith("\nSupplementaryGroups=guix-p2p\n"), machine.text(DROP_IN));
        assertEquals(Optional.of("guix-p2p"), settings().bridge().socketGroup());
    }

    @Test
    void aDaemonWithoutRootAndSettingsWithoutAGroupAreTold() throws Exception {
        machine.system("/etc/systemd/system/guix-daemon.service", "[Service]\nUser=guix-daemon\n");
        machine.system("/etc/guix-p2p/guix-p2p.conf", "share = lan\n");
        machine.install();
        assertEquals("note: guix-daemon.service runs as 'guix-daemon', so /etc/guix-p2p/guix-p2p.conf must say: "
                + "socket_group = guix-p2p", machine.said.getLast());
    }

    @Test
    void anInstalledProgramIsUsedWhereItIs() throws Exception {
        ProgramFiles installed = new ProgramFiles(Path.of("/opt/p2p/bin/guix-p2p"),
                Path.of("/opt/p2p/share/guix-p2p/lib"), Path.of("/opt/p2p/share/guix-p2p/guix/extensions"));
        new Setup(machine.root, machine.system, machine.said::add).install(installed, SetupFixture.JDK,
                SetupFixture.LAN, false);
        assertFalse(Files.exists(machine.at("/usr/local")));
        assertTrue(
                machine.text("/etc/systemd/system/guix-p2p.service").contains("ExecStart=/opt/p2p/bin/guix-p2p node"));
        assertTrue(machine.text(DROP_IN).contains("=/opt/p2p/share/guix-p2p/guix/extensions\""));
    }

    @Test
    void aJdkAtHomeIsNotPromisedToAService() throws Exception {
        new Setup(machine.root, machine.system, machine.said::add).install(machine.program,
                Path.of("/home/alice/jdk-25"), SetupFixture.LAN, false);
        assertFalse(machine.text("/etc/systemd/system/guix-p2p.service").contains("JAVA_HOME"));
        assertTrue(machine.said.getLast().startsWith("note: /home/alice/jdk-25 cannot be reached"));
    }

    @Test
    void aDryRunPrintsEverythingAndTouchesNothing() throws Exception {
        Set<String> before = machine.tree();
        machine.install(SetupFixture.LAN, true);
        assertEquals(before, machine.tree());
        assertEquals(List.of(), machine.system.commands);
        List<String> planned = List.copyOf(machine.said);
        machine.install();
        for (String path : machine.tree()) {
            String name = path.replaceAll(" .*", "");
            if (Files.isRegularFile(machine.at(name)) && !before.contains(path)) {
                assertTrue(planned.stream().anyMatch(line -> (line + " ").startsWith("make " + name + " ")), name);
            }
        }
        for (String command : machine.system.commands) {
            assertTrue(planned.contains("run " + command), command);
        }
        assertTrue(planned.contains("    | Environment=\"GUIX_EXTENSIONS_PATH=" + OWN_EXTENSIONS + "\""));
        assertTrue(planned.contains("make /var/lib/guix-p2p/  rwx------ guix-p2p"));
        Set<String> after = machine.tree();
        machine.undo(true);
        assertEquals(after, machine.tree());
        assertTrue(machine.said.containsAll(List.of("remove " + DROP_IN, "run systemctl daemon-reload")));
    }

    @Test
    void withoutStartingNothingIsRestarted() throws Exception {
        machine.install(new SetupChoices(Optional.of(Share.OFF), Optional.empty(), false), false);
        assertFalse(machine.system.commands.stream().anyMatch(line -> line.contains("restart")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/guix-p2p", "/etc/guix-p2p/bridge.conf", "/etc/systemd/system/guix-p2p.service",
        "/etc/systemd/system/guix-daemon.service.d", "/usr/local/bin/guix-p2p", "/usr/local/share/guix-p2p",
        "/var/lib/guix-p2p", "/etc/guix-p2p/setup.record", "/etc/guix-p2p/guix-p2p.conf"})
    void nothingIsWrittenThroughALink(String path) throws Exception {
        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        Files.createDirectories(machine.at(path).resolveSibling("."));
        Files.createSymbolicLink(machine.at(path), path.contains(".") && !path.endsWith(".d")
                ? elsewhere.resolve("file")
                : elsewhere);
        Set<String> before = machine.tree();
        assertTrue(refusal().contains("is a symbolic link"));
        assertEquals(before, machine.tree());
        try (var left = Files.list(elsewhere)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void aDirectoryInTheWayIsNamed() throws Exception {
        Files.createDirectories(machine.at("/etc/guix-p2p/bridge.conf"));
        assertTrue(refusal().contains("bridge.conf is in the way"));
    }

    @Test
    void withoutADaemonThereIsNothingToSetUp() throws IOException {
        Files.delete(machine.at("/usr/lib/systemd/system/guix-daemon.service"));
        assertTrue(refusal().contains("systemd has no guix-daemon.service"));
    }

    @Test
    void whoeverHasTheLastWordIsNamed() throws IOException {
        machine.system("/etc/systemd/system/guix-daemon.service.d/zzz.conf",
                "[Service]\nEnvironment=GUIX_EXTENSIONS_PATH=/x\n");
        assertTrue(refusal().contains("zzz.conf sets GUIX_EXTENSIONS_PATH after"));
        Files.delete(machine.at("/etc/systemd/system/guix-daemon.service.d/zzz.conf"));
        machine.system("/usr/lib/systemd/system/guix-daemon.service.d/env.conf",
                "[Service]\nEnvironmentFile=-/etc/default/guix\nEnvironmentFile=-/etc/default/none\n");
        machine.system("/etc/default/guix", "GUIX_EXTENSIONS_PATH=/x\n");
        assertTrue(refusal().contains("/etc/default/guix sets GUIX_EXTENSIONS_PATH"));
    }

    @Test
    void anIncompleteProgramIsNotInstalled() throws IOException {
        Files.delete(machine.program.lib().resolve("node.jar"));
        Files.delete(machine.program.lib().resolve("protocol.jar"));
        assertTrue(refusal().contains("holds no .jar file"));
        Files.delete(machine.program.lib());
        assertTrue(refusal().contains("not complete: " + machine.program.lib() + ": no such file"));
    }

    @Test
    void whatAFailedRunMadeIsTakenBack() throws Exception {
        Set<String> before = machine.tree();
        machine.system.failing = "systemctl enable guix-p2p.service";
        assertEquals("'systemctl enable guix-p2p.service' failed with status 3; 'guix-p2p setup --undo' takes back what"
                + " was done", refusal());
        machine.undo(false);
        assertEquals(before, machine.tree());
        machine.system.missing = "systemd-sysusers /etc/sysusers.d/guix-p2p.conf";
        assertTrue(refusal().contains("no such command"));
        machine.system.missing = "userdel guix-p2p";
        machine.undo(false);
        assertEquals(before, machine.tree());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "file zz /etc/x", "file /etc/x", "directory etc", "directory /etc/../x",
        "cache relative", "frob /x"})
    void aRecordThatIsNoneRemovesNothing(String line) throws Exception {
        machine.install();
        Files.writeString(machine.at("/etc/guix-p2p/setup.record"), "# title\n" + line + "\n");
        Set<String> before = machine.tree();
        SetupException refused = assertThrows(SetupException.class, () -> machine.undo(false));
        assertTrue(String.valueOf(refused.getMessage()).contains("not a record"), refused.getMessage());
        assertEquals(before, machine.tree());
    }

    @Test
    void theUnitPleasesSystemd() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "systemd-analyze is not installed");
        machine.install();
        Path unit = temporary.resolve("guix-p2p.service");
        // What the program's path and user are on this machine is not the question.
        Files.writeString(unit, machine.text("/etc/systemd/system/guix-p2p.service")
                .replace("/usr/local/bin/guix-p2p", "/bin/sh")
                .replace("=guix-p2p\nGroup=guix-p2p", "=root\nGroup=root"));
        Process verify = new ProcessBuilder("systemd-analyze", "verify", "--man=no", unit.toString())
                .redirectErrorStream(true).start();
        String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, verify.waitFor(), said);
        assertFalse(said.contains(unit.getFileName().toString()), said);
    }

    @Test
    void guixSystemIsKnown() throws IOException {
        assertFalse(machine.root.isGuixSystem());
        machine.system("/etc/os-release", "NAME=\"Guix System\"\nID=guix\n");
        assertTrue(machine.root.isGuixSystem());
        Files.delete(machine.at("/etc/os-release"));
        Files.createDirectories(machine.at("/run/current-system/profile"));
        assertTrue(machine.root.isGuixSystem());
    }
}
