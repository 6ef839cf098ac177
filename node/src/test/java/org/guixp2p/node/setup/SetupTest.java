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
import java.nio.file.attribute.PosixFilePermissions;
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

    private static final String RESTART = "note: guix-daemon.service is restarted: builds that are running now end. "
            + "--no-start leaves that to you";

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
        assertTrue(unit.contains("\nExecStart=\"/usr/local/bin/guix-p2p\" node\n"), unit);
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
        // What is there after some use, and after a launcher was killed.
        for (String cache : List.of("/usr/local/share/guix-p2p/substituter.aot",
                "/usr/local/share/guix-p2p/substituter.aot.4711",
                "/usr/local/share/guix-p2p/substituter.aot.4711.config",
                OWN_EXTENSIONS + "/guix-p2p/settings.go", "/var/cache/guix-p2p/narinfo/0/0123.narinfo",
                "/var/cache/guix-p2p/guix-p2p.sock", "/var/cache/guix-p2p/guix-p2p.sock.lock",
                "/var/cache/guix-p2p/guix-p2p.sock.control", "/var/cache/guix-p2p/guix-p2p.sock.control.lock")) {
            machine.system(cache, "made by the program");
        }
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
        assertEquals(List.of(RESTART), machine.said);
        machine.install(new SetupChoices(Optional.empty(), Optional.empty(), true), false);
        assertEquals(after, machine.tree());
    }

    @Test
    void anUpgradeReplacesWhatIsOurs() throws Exception {
        Set<String> before = machine.tree();
        machine.install();
        SetupFixture.file(machine.program.lib().resolve("node.jar"), "a newer node");
        machine.install();
        assertEquals(List.of(RESTART, "replaced /usr/local/share/guix-p2p/lib/node.jar"), machine.said);
        assertEquals("a newer node", machine.text("/usr/local/share/guix-p2p/lib/node.jar"));
        Files.setPosixFilePermissions(machine.at("/usr/local/bin/guix-p2p"), Set.of());
        machine.install();
        assertEquals("rwxr-xr-x", machine.mode("/usr/local/bin/guix-p2p"));
        machine.undo(false);
        assertEquals(before, machine.tree());
    }

    /** Third parties' jars have their versions in their names, and all jars there are one class path. */
    @Test
    void anUpgradeLeavesNothingOfTheOldVersionBehind() throws Exception {
        Set<String> before = machine.tree();
        SetupFixture.file(machine.program.lib().resolve("pekko-1.6.jar"), "old");
        SetupFixture.file(machine.program.lib().resolve("netty-1.jar"), "old");
        SetupFixture.file(machine.program.extensions().resolve("guix-p2p/gone.scm"), "(gone)");
        machine.install();
        String settings = machine.text("/etc/guix-p2p/guix-p2p.conf");
        String lib = "/usr/local/share/guix-p2p/lib/";
        machine.system(lib + "netty-1.jar", "changed by somebody");
        machine.system(lib + "mine.jar", "the user's own");
        machine.system(OWN_EXTENSIONS + "/guix-p2p/gone.go", "compiled");
        machine.system(OWN_EXTENSIONS + "/guix-p2p/settings.go", "compiled, but from the old source");
        for (String gone : List.of("lib/pekko-1.6.jar", "lib/netty-1.jar", "guix/extensions/guix-p2p/gone.scm")) {
            Files.delete(machine.program.launcher().resolveSibling(gone));
        }
        SetupFixture.file(machine.program.lib().resolve("pekko-1.7.jar"), "new");
        machine.install(SetupFixture.LAN, true);
        assertTrue(machine.said.contains("remove " + lib + "pekko-1.6.jar"), machine.said.toString());
        assertTrue(Files.exists(machine.at(lib + "pekko-1.6.jar")), "that was a dry run");
        machine.install();
        try (var jars = Files.list(machine.at(lib))) {
            assertEquals(List.of("mine.jar", "netty-1.jar", "node.jar", "pekko-1.7.jar", "protocol.jar"),
                    jars.map(jar -> jar.getFileName().toString()).sorted().toList());
        }
        assertTrue(machine.said.contains("kept " + lib + "netty-1.jar: an earlier version's, but it was changed since"),
                machine.said.toString());
        try (var modules = Files.list(machine.at(OWN_EXTENSIONS + "/guix-p2p"))) {
            assertEquals(List.of("settings.scm"), modules.map(file -> file.getFileName().toString()).toList());
        }
        assertEquals(settings, machine.text("/etc/guix-p2p/guix-p2p.conf"), "the settings stay");
        Files.delete(machine.at(lib + "netty-1.jar"));
        Files.delete(machine.at(lib + "mine.jar"));
        machine.undo(false);
        assertEquals(before, machine.tree());
    }

    @Test
    void theExtensionIsCompiledByTheDaemonsGuix() throws Exception {
        Set<String> before = machine.tree();
        SetupFixture.file(machine.program.compiler(), "(compile)");
        machine.install();
        assertFalse(machine.system.commands.toString().contains("repl"), "there is no guix");
        String guix = "/var/guix/profiles/per-user/root/current-guix/bin/guix";
        machine.system(guix, "#!/bin/sh");
        Files.setPosixFilePermissions(machine.at(guix), PosixFilePermissions.fromString("rwxr-xr-x"));
        machine.system.commands.clear();
        String compile = guix + " repl -- /usr/local/share/guix-p2p/guix/compile-extension.scm " + OWN_EXTENSIONS;
        machine.system.failing = compile;
        machine.install();
        assertTrue(machine.system.commands.indexOf(compile) < machine.system.commands
                .indexOf("systemctl restart guix-p2p.service"), machine.system.commands.toString());
        assertTrue(machine.system.commands.contains(compile), machine.system.commands.toString());
        assertTrue(machine.said.contains("'" + compile + "' failed with status 3; it goes on without"),
                machine.said.toString());
        machine.system.missing = compile;
        machine.install();
        assertTrue(machine.said.contains("cannot run '" + compile + "': no such command; it goes on without"),
                machine.said.toString());
        machine.undo(false);
        Files.delete(machine.at(guix));
        machine.system.commands.clear();
        assertTrue(machine.tree().containsAll(before));
    }

    @Test
    void aDirectoryThatAKilledRunLeftToRootIsGivenAway() throws Exception {
        machine.install();
        machine.system.owners.clear();
        Files.setPosixFilePermissions(machine.at("/var/lib/guix-p2p"), PosixFilePermissions.fromString("rwxr-xr-x"));
        machine.install();
        assertEquals(List.of("guix-p2p guix-p2p", "guix-p2p guix-p2p"), machine.system.owners);
        assertEquals("rwx------", machine.mode("/var/lib/guix-p2p"));
        // One that was there before is the user's.
        machine.undo(false);
        Files.createDirectories(machine.at("/var/lib/guix-p2p"));
        machine.system.owners.clear();
        machine.install();
        assertEquals(List.of("guix-p2p guix-p2p"), machine.system.owners);
        assertEquals("rwxr-xr-x", machine.mode("/var/lib/guix-p2p"));
    }

    @Test
    void anUndoThatWasCutShortCanBeDoneAgain() throws Exception {
        Set<String> before = machine.tree();
        machine.install();
        machine.system.killing = "userdel guix-p2p";
        assertThrows(InterruptedException.class, () -> machine.undo(false));
        assertTrue(Files.exists(machine.at("/etc/guix-p2p/setup.record")));
        machine.system.killing = "";
        machine.system.commands.clear();
        machine.undo(false);
        assertTrue(machine.system.commands.contains("userdel guix-p2p"));
        assertEquals(before, machine.tree());
    }

    @Test
    void aPathWithBlanksAndSignsIsOneWordOfTheUnit() throws Exception {
        ProgramFiles installed = new ProgramFiles(Path.of("/opt/my $p2p%/bin/guix-p2p"),
                Path.of("/opt/my $p2p%/share/guix-p2p/lib"), Path.of("/opt/my $p2p%/share/guix-p2p/guix/extensions"));
        new Setup(machine.root, machine.system, machine.said::add).install(installed, SetupFixture.JDK,
                SetupFixture.LAN, false);
        String unit = machine.text("/etc/systemd/system/guix-p2p.service");
        assertTrue(unit.contains("\nExecStart=\"/opt/my $$p2p%%/bin/guix-p2p\" node\n"), unit);
    }

    @Test
    void whatTheUserChangedIsKept() throws Exception {
        machine.install();
        machine.system("/etc/guix-p2p/bridge.conf", "fallback = none\n");
        machine.system("/var/lib/guix-p2p/identity", "key");
        machine.install();
        assertEquals(List.of(RESTART, "kept /etc/guix-p2p/bridge.conf: it is not ours, or was changed since"),
                machine.said);
        machine.system.commands.clear();
        machine.undo(false);
        assertTrue(machine.said.containsAll(List.of("kept /etc/guix-p2p/bridge.conf: it was changed since",
                "kept /var/lib/guix-p2p/: it is not empty", "kept /etc/guix-p2p/: it is not empty",
                "kept the user guix-p2p, to whom files may still belong",
                "kept the node's key and NARs; 'rm -r /var/lib/guix-p2p && userdel guix-p2p' removes them for good")),
                machine.said.toString());
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
        assertTrue(machine.said.contains("note: guix-daemon.service runs as 'guix-daemon', so "
                + "/etc/guix-p2p/guix-p2p.conf must say: socket_group = guix-p2p"), machine.said.toString());
    }

    @Test
    void anInstalledProgramIsUsedWhereItIs() throws Exception {
        ProgramFiles installed = new ProgramFiles(Path.of("/opt/p2p/bin/guix-p2p"),
                Path.of("/opt/p2p/share/guix-p2p/lib"), Path.of("/opt/p2p/share/guix-p2p/guix/extensions"));
        new Setup(machine.root, machine.system, machine.said::add).install(installed, SetupFixture.JDK,
                SetupFixture.LAN, false);
        assertFalse(Files.exists(machine.at("/usr/local")));
        assertTrue(
                machine.text("/etc/systemd/system/guix-p2p.service")
                        .contains("ExecStart=\"/opt/p2p/bin/guix-p2p\" node"));
        assertTrue(machine.text(DROP_IN).contains("=/opt/p2p/share/guix-p2p/guix/extensions\""));
    }

    @Test
    void aJdkAtHomeIsNotPromisedToAService() throws Exception {
        new Setup(machine.root, machine.system, machine.said::add).install(machine.program,
                Path.of("/home/alice/jdk-25"), SetupFixture.LAN, false);
        assertFalse(machine.text("/etc/systemd/system/guix-p2p.service").contains("JAVA_HOME"));
        assertTrue(machine.said.getFirst().startsWith("note: /home/alice/jdk-25 cannot be reached"));
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
        assertFalse(machine.said.contains(RESTART));
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
