// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.List;
import java.util.function.Consumer;

/** What setting up asks of the system besides files. */
public interface SystemCalls {
    /** Whether there is such an account. */
    boolean hasUser(String name) throws IOException;

    /** Runs a command to its end, its output going where ours goes, and returns its exit status. */
    int run(List<String> command) throws IOException, InterruptedException;

    /** Gives {@code path} to this user and the group of the same name. */
    void chown(Path path, String owner) throws IOException;

    /** Those for {@code root}: real ones for the running system, otherwise none takes effect. */
    static SystemCalls of(SystemRoot root, Consumer<String> out) {
        return root.isLive() ? new Real(out) : new LookOnly(root, out);
    }

    /** The system that runs. */
    record Real(Consumer<String> out) implements SystemCalls {
        @Override
        public boolean hasUser(String name) throws IOException {
            try {
                var _ = Path.of("/").getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(name);
                return true;
            } catch (UserPrincipalNotFoundException e) {
                return false;
            }
        }

        @Override
        public int run(List<String> command) throws IOException, InterruptedException {
            out.accept("running " + String.join(" ", command));
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        }

        @Override
        public void chown(Path path, String owner) throws IOException {
            UserPrincipalLookupService accounts = path.getFileSystem().getUserPrincipalLookupService();
            PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
            view.setGroup(accounts.lookupPrincipalByGroupName(owner));
            view.setOwner(accounts.lookupPrincipalByName(owner));
        }
    }

    /** A directory that holds a system: its files are written, nothing else happens. */
    record LookOnly(SystemRoot root, Consumer<String> out) implements SystemCalls {
        @Override
        public boolean hasUser(String name) throws IOException {
            Path accounts = root.at(Path.of("/etc/passwd"));
            return Files.isRegularFile(accounts) && Files.readAllLines(accounts, StandardCharsets.ISO_8859_1).stream()
                    .anyMatch(line -> line.startsWith(name + ":"));
        }

        @Override
        public int run(List<String> command) {
            out.accept("not run under " + root.directory() + ": " + String.join(" ", command));
            return 0;
        }

        @Override
        public void chown(Path path, String owner) {
            out.accept("not given to " + owner + ": " + path);
        }
    }
}
