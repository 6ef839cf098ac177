// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.hash.Sha256;

/** Turns the integration with {@code guix-daemon} on. What was made is written down before it is made. */
public final class Setup {
    private final SystemRoot root;
    private final SystemCalls system;
    private final Consumer<String> out;

    /** What becomes of a file. */
    private enum Fate {
        MADE("make"),
        REPLACED("replace"),
        SAME("is as it should be:"),
        KEPT("is not ours or was changed, and is kept:");

        final String words;

        Fate(String words) {
            this.words = words;
        }
    }

    /** @param out gets one line for each thing done */
    public Setup(SystemRoot root, SystemCalls system, Consumer<String> out) {
        this.root = root;
        this.system = system;
        this.out = out;
    }

    /** Whether the settings of this system were written already, so that nothing has to be asked. */
    public static boolean isConfigured(SystemRoot root) {
        return Files.exists(root.at(SetupPlan.SETTINGS));
    }

    /**
     * Does what is not done yet.
     *
     * @param jdk the JDK for the node
     * @param dryRun only says what it would do, with the content of every file
     * @throws SetupException when something is in the way; what was done until then can be taken back
     * @throws ConfigException when there are settings and they are wrong
     */
    public void install(ProgramFiles program, Path jdk, SetupChoices choices, boolean dryRun)
            throws SetupException, ConfigException, InterruptedException {
        SetupPlan plan = SetupPlan.of(root, program, jdk, choices);
        refuseLinks(plan);
        SetupRecord record = SetupRecord.read(root).orElseGet(SetupRecord::empty);
        // First: what they say of may be over afterwards.
        plan.notes().forEach(note -> out.accept("note: " + note));
        if (dryRun) {
            describe(plan, record);
        } else {
            apply(plan, record);
        }
    }

    private void refuseLinks(SetupPlan plan) throws SetupException {
        List<Path> targets = new ArrayList<>(List.of(SetupRecord.FILE));
        for (Step step : plan.steps()) {
            switch (step) {
                case Step.WriteFile file -> targets.add(file.path());
                case Step.MakeDirectory directory -> targets.add(directory.path());
                case Step.Run _,Step.Attempt _,Step.RemoveOld _ -> {
                    // no path of ours
                }
            }
        }
        for (Path target : targets) {
            for (Path path = target; path != null && path.getParent() != null; path = path.getParent()) {
                boolean ours = path.equals(target) || String.valueOf(path.getFileName()).contains("guix");
                if (ours && Files.isSymbolicLink(root.at(path))) {
                    throw new SetupException(root.at(path) + " is a symbolic link; setup does not write through links");
                }
            }
        }
    }

    private void describe(SetupPlan plan, SetupRecord record) throws SetupException {
        for (Step step : plan.steps()) {
            switch (step) {
                case Step.MakeDirectory directory -> out.accept((isThere(directory.path()) ? "is there: " : "make ")
                        + directory.path() + "/  " + PosixFilePermissions.toString(directory.permissions()) + " "
                        + directory.owner());
                case Step.WriteFile file -> {
                    out.accept(fate(file, record).words + " " + file.path() + "  "
                            + PosixFilePermissions.toString(file.permissions()));
                    switch (file.content()) {
                        case Step.Content.CopyOf copy -> out.accept("    | copy of " + copy.source());
                        case Step.Content.Text text -> text.text().lines().forEach(line -> out.accept("    | " + line));
                    }
                }
                case Step.Run run -> out.accept("run " + String.join(" ", run.command()));
                case Step.Attempt attempt -> out.accept("try " + String.join(" ", attempt.command()));
                case Step.RemoveOld _ -> old(plan, record).forEach(path -> out.accept("remove " + path));
            }
        }
        out.accept("make " + SetupRecord.FILE);
    }

    private void apply(SetupPlan plan, SetupRecord before) throws SetupException, InterruptedException {
        try {
            SetupRecord record = intend(plan, before);
            makeParents(SetupRecord.FILE);
            record.write(root);
            for (Step step : plan.steps()) {
                switch (step) {
                    case Step.MakeDirectory directory -> make(directory, record);
                    case Step.WriteFile file -> write(file, before);
                    case Step.Run run -> run(run.command());
                    case Step.Attempt attempt -> attempt(attempt.command());
                    case Step.RemoveOld _ -> removeOld(plan, record);
                }
            }
        } catch (IOException e) {
            throw new SetupException(IoWords.of(e, root.directory())
                    + "; 'guix-p2p setup --undo' takes back what was done", e);
        }
    }

    /** The record of everything that was made before or will be now. */
    private SetupRecord intend(SetupPlan plan, SetupRecord before) throws SetupException, IOException {
        SetupRecord record = SetupRecord.parse(before.render());
        if (!system.hasUser(Surroundings.SERVICE_USER)) {
            record = record.withUser(Surroundings.SERVICE_USER);
        }
        noteParents(SetupRecord.FILE, record);
        for (Step step : plan.steps()) {
            switch (step) {
                case Step.MakeDirectory directory -> {
                    noteParents(directory.path(), record);
                    if (!isThere(directory.path())) {
                        record.directories().add(directory.path());
                    }
                }
                case Step.WriteFile file -> {
                    noteParents(file.path(), record);
                    if (fate(file, before) == Fate.MADE || fate(file, before) == Fate.REPLACED) {
                        record.files().computeIfAbsent(file.path(), _ -> new LinkedHashSet<>())
                                .add(Sha256.hash(file.content().read()));
                    }
                }
                case Step.Run _,Step.Attempt _,Step.RemoveOld _ -> {
                    // leave nothing of their own
                }
            }
        }
        record.caches().addAll(plan.caches());
        return record.directories().contains(plan.state()) ? record.withState(plan.state()) : record;
    }

    private void noteParents(Path path, SetupRecord record) {
        Path parent = path.getParent();
        if (parent != null && !isThere(parent)) {
            noteParents(parent, record);
            record.directories().add(parent);
        }
    }

    private boolean isThere(Path path) {
        return Files.exists(root.at(path), LinkOption.NOFOLLOW_LINKS);
    }

    private Fate fate(Step.WriteFile file, SetupRecord record) throws SetupException {
        Path target = root.at(file.path());
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return Fate.MADE;
        }
        if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new SetupException(target + " is in the way: it is not a regular file");
        }
        try {
            Sha256 there = Sha256.hash(Files.readAllBytes(target));
            if (there.equals(Sha256.hash(file.content().read()))) {
                return Files.getPosixFilePermissions(target).equals(file.permissions()) ? Fate.SAME : Fate.REPLACED;
            }
            return record.wrote(file.path(), there) ? Fate.REPLACED : Fate.KEPT;
        } catch (IOException e) {
            throw new SetupException("cannot read " + IoWords.of(e, target), e);
        }
    }

    private void write(Step.WriteFile file, SetupRecord before) throws SetupException, IOException {
        Fate fate = fate(file, before);
        switch (fate) {
            case MADE, REPLACED -> {
                makeParents(file.path());
                AtomicFiles.replace(root.at(file.path()), file.content().read(), file.permissions());
                out.accept((fate == Fate.MADE ? "made " : "replaced ") + file.path());
            }
            case SAME -> {
                // said nothing about: a second run is quiet
            }
            case KEPT -> out.accept("kept " + file.path() + ": it is not ours, or was changed since");
        }
    }

    /** One that is the user's stays as it is; of ours, a run that was cut short may have left a part undone. */
    private void make(Step.MakeDirectory directory, SetupRecord record) throws IOException {
        Path target = root.at(directory.path());
        boolean there = Files.exists(target);
        if (there && !record.directories().contains(directory.path())) {
            return;
        }
        if (!there) {
            makeParents(directory.path());
            Files.createDirectory(target);
        }
        Files.setPosixFilePermissions(target, directory.permissions());
        if (!Files.getOwner(target).getName().equals(directory.owner())) {
            system.chown(target, directory.owner());
        }
        if (!there) {
            out.accept("made " + directory.path() + "/");
        }
    }

    /** The files of the record that the plan does not have. The settings were written once, and then are the user's. */
    private List<Path> old(SetupPlan plan, SetupRecord record) {
        Set<Path> planned = plan.steps().stream().filter(Step.WriteFile.class::isInstance)
                .map(step -> ((Step.WriteFile) step).path()).collect(Collectors.toSet());
        planned.add(SetupPlan.SETTINGS);
        return record.files().keySet().stream()
                .filter(path -> !planned.contains(path) && Files.exists(root.at(path), LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    private void removeOld(SetupPlan plan, SetupRecord record) throws IOException {
        for (Path path : old(plan, record)) {
            Path target = root.at(path);
            if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)
                    && record.wrote(path, Sha256.hash(Files.readAllBytes(target)))) {
                Files.delete(target);
                out.accept("removed " + path + ": an earlier version's");
            } else {
                out.accept("kept " + path + ": an earlier version's, but it was changed since");
            }
        }
        for (Path cache : record.caches()) {
            // Of the program; the node's own are good for its next version.
            if (cache.startsWith(Objects.requireNonNull(ProgramFiles.COPY.lib().getParent()))) {
                Files.deleteIfExists(root.at(cache));
            }
        }
    }

    private void attempt(List<String> command) throws InterruptedException {
        try {
            int status = system.run(command);
            if (status != 0) {
                out.accept("'" + String.join(" ", command) + "' failed with status " + status + "; it goes on without");
            }
        } catch (IOException e) {
            out.accept("cannot run '" + String.join(" ", command) + "': " + e.getMessage() + "; it goes on without");
        }
    }

    private void run(List<String> command) throws SetupException, IOException, InterruptedException {
        int status = system.run(command);
        if (status != 0) {
            throw new SetupException("'" + String.join(" ", command) + "' failed with status " + status
                    + "; 'guix-p2p setup --undo' takes back what was done");
        }
    }

    /** Missing ones only, for everybody to read whatever the umask. */
    private void makeParents(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent != null && !Files.exists(root.at(parent))) {
            makeParents(parent);
            Files.createDirectory(root.at(parent));
            Files.setPosixFilePermissions(root.at(parent), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
