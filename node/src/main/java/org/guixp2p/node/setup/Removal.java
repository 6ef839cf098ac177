// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.store.TreeDeleter;

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
        reversed(record.directories()).forEach(path -> out.accept("remove " + path + "/ if it is empty"));
        out.accept("run systemctl daemon-reload");
        out.accept("run systemctl try-restart " + DaemonUnit.NAME);
        record.user().ifPresent(user -> out.accept("run userdel " + user + " if its directories are gone"));
        out.accept("remove " + SetupRecord.FILE);
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
            removeCache(cache);
        }
        List<Path> ofTheRecord = reversed(record.directories()).stream().filter(SetupRecord.FILE::startsWith).toList();
        List<Path> left = new ArrayList<>();
        for (Path directory : reversed(record.directories())) {
            if (!ofTheRecord.contains(directory) && !removeIfEmpty(directory)) {
                left.add(directory);
            }
        }
        attempt(List.of("systemctl", "daemon-reload"));
        attempt(List.of("systemctl", "try-restart", DaemonUnit.NAME));
        removeUser(record, left);
        // Last: until then all this can be done again.
        Files.deleteIfExists(root.at(SetupRecord.FILE));
        for (Path directory : ofTheRecord) {
            removeIfEmpty(directory);
        }
    }

    /** A cache goes with what whoever wrote it has left half-written beside it. */
    private void removeCache(Path cache) throws IOException {
        Path parent = root.at(cache).getParent();
        if (parent == null || !Files.isDirectory(parent, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> there = new ArrayList<>();
        try (DirectoryStream<Path> beside = Files.newDirectoryStream(parent)) {
            String name = String.valueOf(cache.getFileName());
            beside.forEach(path -> {
                String found = String.valueOf(path.getFileName());
                if (found.equals(name) || found.matches(Pattern.quote(name) + "\\.[0-9]+(\\..*)?")) {
                    there.add(path);
                }
            });
        }
        Collections.sort(there);
        for (Path path : there) {
            TreeDeleter.delete(path);
            out.accept("removed " + cache.resolveSibling(path.getFileName()));
        }
    }

    /** What nobody else has is not removed unasked: the node's key, and who it belongs to. */
    private void removeUser(SetupRecord record, List<Path> left) throws InterruptedException {
        Optional<String> userdel = record.user().map(user -> "userdel " + user);
        if (left.isEmpty() && record.user().isPresent()) {
            attempt(List.of("userdel", record.user().get()));
        } else if (record.user().isPresent()) {
            out.accept("kept the user " + record.user().get() + ", to whom files may still belong");
        }
        record.state().filter(left::contains)
                .ifPresent(state -> out.accept("kept the node's key and NARs; 'rm -r " + state
                        + userdel.map(command -> " && " + command).orElse("") + "' removes them for good"));
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
