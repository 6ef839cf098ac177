// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Share;

/** A system in a directory, with a guix-daemon, and a checkout to set it up from. */
final class SetupFixture {
    static final SetupChoices LAN = new SetupChoices(Optional.of(Share.LAN), Optional.empty(), true);
    static final Path JDK = Path.of("/usr/lib/jvm/jdk-25");

    final Path directory;
    final SystemRoot root;
    final ProgramFiles program;
    final FakeSystem system = new FakeSystem();
    final List<String> said = new ArrayList<>();

    /** Accounts and commands that are only written down; the account is made by the command that makes it. */
    static final class FakeSystem implements SystemCalls {
        final List<String> commands = new ArrayList<>();
        final List<String> owners = new ArrayList<>();
        final Set<String> users = new HashSet<>();
        String failing = "";
        String missing = "";
        /** At this one the process of the setup ends. */
        String killing = "";

        @Override
        public boolean hasUser(String name) {
            return users.contains(name);
        }

        @Override
        public int run(List<String> command) throws IOException, InterruptedException {
            String line = String.join(" ", command);
            commands.add(line);
            if (line.equals(killing)) {
                throw new InterruptedException(line);
            }
            if (line.equals(missing)) {
                throw new IOException("no such command");
            }
            if (command.getFirst().equals("systemd-sysusers")) {
                users.add("guix-p2p");
            }
            return line.equals(failing) ? 3 : 0;
        }

        @Override
        public void chown(Path path, String owner) {
            owners.add(owner + " " + path.getFileName());
        }
    }

    SetupFixture(Path temporary) throws IOException {
        directory = Files.createDirectory(temporary.toRealPath().resolve("system"));
        root = new SystemRoot(directory);
        Path checkout = Files.createDirectory(temporary.toRealPath().resolve("checkout"));
        program = new ProgramFiles(checkout.resolve("guix-p2p"), checkout.resolve("lib"),
                checkout.resolve("guix/extensions"));
        file(program.launcher(), "#!/bin/sh\n");
        file(program.lib().resolve("node.jar"), "node");
        file(program.lib().resolve("protocol.jar"), "protocol");
        file(program.extensions().resolve("substitute.scm"), "(extension)");
        file(program.extensions().resolve("guix-p2p/settings.scm"), "(settings)");
        system("/usr/lib/systemd/system/guix-daemon.service", """
                [Unit]
                Description=Build daemon for GNU Guix
                [Service]
                ExecStart=/var/guix/profiles/per-user/root/current-guix/bin/guix-daemon \\
                    --build-users-group=guixbuild
                Environment='GUIX_LOCPATH=/var/guix/profiles/per-user/root/guix-profile/lib/locale' LC_ALL=en_US.utf8
                """);
    }

    static void file(Path file, String content) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, content);
    }

    /** Writes a file of the system. */
    void system(String path, String content) throws IOException {
        file(at(path), content);
    }

    Path at(String path) {
        return root.at(Path.of(path));
    }

    String text(String path) throws IOException {
        return Files.readString(at(path));
    }

    String mode(String path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(at(path), LinkOption.NOFOLLOW_LINKS));
    }

    void install() throws SetupException, ConfigException, InterruptedException {
        install(LAN, false);
    }

    void install(SetupChoices choices, boolean dryRun) throws SetupException, ConfigException, InterruptedException {
        said.clear();
        new Setup(root, system, said::add).install(program, JDK, choices, dryRun);
    }

    void undo(boolean dryRun) throws SetupException, InterruptedException {
        said.clear();
        new Removal(root, system, said::add).run(dryRun);
    }

    /** Every path below the system's directory, with what it holds. */
    Set<String> tree() throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            Set<String> tree = new TreeSet<>();
            for (Path path : paths.toList()) {
                String name = "/" + directory.relativize(path);
                tree.add(Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                        ? name + " " + Files.readString(path).hashCode()
                        : name);
            }
            return tree;
        }
    }
}
