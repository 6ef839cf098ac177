// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.protocol.hash.Sha256;

/** Turns the integration off: removes what the record names and nobody has changed. */
public final class Removal {
    private final SystemRoot root;
    private final SystemCalls system;
    private final Consumer<String> out;

    /** @param out gets one line for each thing done or left */
    public Removal(SystemRoot root, SystemCalls system, Consumer<String> out) {
        this.root = root;
        this.system = system;
        this.out = out;
    }

    /**
     * Takes back what the record names; what was changed since, or holds something of the node's, is left and named.
     *
     * @param dryRun only says what it would do
     * @throws SetupException when there is no usable record, or a file cannot be removed
     */
    public void run(boolean dryRun) throws SetupException, InterruptedException {
        Optional<SetupRecord> record = SetupRecord.read(root);
        if (record.isEmpty()) {
            out.accept("nothing to take back: there is no " + root.at(SetupRecord.FILE));
            return;
        }
        try {
            if (dryRun) {
                describe(record.get());
            } else {
                remove(record.get());
            }
        } catch (IOException e) {
            throw new SetupException("cannot take back everything: " + IoWords.of(e, root.directory()), e);
        }
    }

    private void describe(SetupRecord record) throws IOException {
        Set<Path> changed = changed(record);
        out.accept("run systemctl disable --now " + SetupPlan.UNIT_NAME);
        reversed(record.files().keySet()).forEach(path -> out
                .accept(changed.contains(path) ? "keep " + path + ": it was changed since" : "remove " + path));
        record.caches().forEach(path -> out.accept("remove " + path));
        out.accept("remove " + SetupRecord.FILE);
        reversed(record.directories()).forEach(path -> out.accept("remove " + path + "/ if it is empty"));
        out.accept("run systemctl daemon-reload");
        out.accept("run systemctl try-restart " + DaemonUnit.NAME);
        record.user().ifPresent(user -> out.accept("run userdel " + user + " if its directories are gone"));
    }

    private void remove(SetupRecord record) throws IOException, InterruptedException {
        attempt(List.of("systemctl", "disable", "--now", SetupPlan.UNIT_NAME));
        Set<Path> changed = changed(record);
        for (Path path : reversed(record.files().keySet())) {
            if (changed.contains(path)) {
                out.accept("kept " + path + ": it was changed since");
            } else if (Files.deleteIfExists(root.at(path))) {
                out.accept("removed " + path);
            }
        }
        for (Path cache : record.caches()) {
            if (Files.isRegularFile(root.at(cache), LinkOption.NOFOLLOW_LINKS)) {
                Files.delete(root.at(cache));
                out.accept("removed " + cache);
            }
        }
        Files.deleteIfExists(root.at(SetupRecord.FILE));
        boolean empty = true;
        for (Path directory : reversed(record.directories())) {
            empty &= removeIfEmpty(directory);
        }
        attempt(List.of("systemctl", "daemon-reload"));
        attempt(List.of("systemctl", "try-restart", DaemonUnit.NAME));
        if (record.user().isPresent() && empty) {
            attempt(List.of("userdel", record.user().get()));
        } else if (record.user().isPresent()) {
            out.accept("kept the user " + record.user().get() + ", to whom files may still belong");
        }
    }

    private boolean removeIfEmpty(Path directory) throws IOException {
        if (!Files.isDirectory(root.at(directory), LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        try {
            Files.delete(root.at(directory));
            out.accept("removed " + directory + "/");
            return true;
        } catch (DirectoryNotEmptyException e) {
            out.accept("kept " + directory + "/: it is not empty");
            return false;
        }
    }

    /** A step whose failure leaves nothing behind that the next ones need: it is told, and the rest is done. */
    private void attempt(List<String> command) throws InterruptedException {
        try {
            int status = system.run(command);
            if (status != 0) {
                out.accept("'" + String.join(" ", command) + "' failed with status " + status);
            }
        } catch (IOException e) {
            out.accept("cannot run '" + String.join(" ", command) + "': " + IoWords.of(e, Path.of(command.getFirst())));
        }
    }

    private static List<Path> reversed(Collection<Path> paths) {
        return new ArrayList<>(paths).reversed();
    }

    private Set<Path> changed(SetupRecord record) throws IOException {
        Set<Path> changed = new HashSet<>();
        for (var file : record.files().entrySet()) {
            Path target = root.at(file.getKey());
            boolean regular = Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS);
            if (regular
                    ? !file.getValue().contains(Sha256.hash(Files.readAllBytes(target)))
                    : Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                changed.add(file.getKey());
            }
        }
        return changed;
    }
}
