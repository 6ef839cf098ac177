// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.guixp2p.node.bridge.BridgeServer;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.ConfigOverride;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.files.IoWords;

/**
 * Everything that setting up this system takes, in order.
 *
 * @param caches files and trees that can be had again, and that the program will make by itself in directories made here
 * @param state the directory of what cannot be had again
 * @param notes what the user has to know besides
 */
record SetupPlan(List<Step> steps, List<Path> caches, Path state, List<String> notes) {
    static final String UNIT_NAME = "guix-p2p.service";
    static final Path SETTINGS = Path.of("/etc/guix-p2p/guix-p2p.conf");
    static final Path ACCOUNT = Path.of("/etc/sysusers.d/guix-p2p.conf");

    private static final Path UNIT = Path.of("/etc/systemd/system", UNIT_NAME);
    private static final Path BRIDGE = Path.of("/etc/guix-p2p/bridge.conf");
    private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("rw-r--r--");
    private static final Set<PosixFilePermission> EXECUTABLE = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> GROUP = PosixFilePermissions.fromString("rwxr-x---");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    SetupPlan {
        steps = List.copyOf(steps);
        caches = List.copyOf(caches);
        notes = List.copyOf(notes);
    }

    /**
     * Lays out what is to be done.
     *
     * @param jdk the JDK that runs this, for the unit
     * @throws SetupException when this system has no daemon of Guix, or the program is incomplete
     * @throws ConfigException when the settings that are there are wrong
     */
    static SetupPlan of(SystemRoot root, ProgramFiles program, Path jdk, SetupChoices choices)
            throws SetupException, ConfigException {
        DaemonUnit daemon = DaemonUnit.read(root);
        boolean fresh = !Files.exists(root.at(SETTINGS));
        NodeConfig config = settings(root, choices);
        List<Step> steps = new ArrayList<>();
        List<Path> caches = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        ProgramFiles installed = program;
        if (!program.isInstalled()) {
            installed = ProgramFiles.COPY;
            steps.addAll(copies(program, installed));
            caches.add(installed.cache());
            steps.stream().flatMap(SetupPlan::compiled).forEach(caches::add);
        }
        steps.add(text(ACCOUNT, SetupTexts.account()));
        steps.add(new Step.Run(List.of("systemd-sysusers", ACCOUNT.toString())));
        steps.addAll(directories(config));
        caches.add(config.files().cacheDir().resolve("narinfo"));
        for (Path socket : List.of(config.bridge().socketPath(), ControlServer.beside(config.bridge().socketPath()))) {
            caches.addAll(List.of(socket, BridgeServer.lockOf(socket)));
        }
        if (fresh) {
            steps.add(text(SETTINGS, SetupTexts.settings(choices.share(), choices.policy(), daemon.isRoot())));
        }
        steps.add(text(BRIDGE, SetupTexts.bridge(config)));
        Optional<Path> reachable = Optional.of(jdk)
                .filter(home -> !home.startsWith("/home") && !home.startsWith("/root"));
        if (reachable.isEmpty()) {
            notes.add(jdk + " cannot be reached by a service; a JDK 25 in /usr/lib/jvm must be there for the node");
        }
        steps.add(text(UNIT, SetupTexts.unit(installed.launcher(), reachable, config)));
        steps.add(text(DaemonUnit.DROP_IN, SetupTexts.dropIn(installed.extensions(), daemon)));
        steps.add(new Step.RemoveOld());
        if (!program.isInstalled()) {
            steps.addAll(compilation(installed, daemon));
        }
        steps.addAll(commands(choices));
        if (choices.startNow()) {
            notes.add(
                    DaemonUnit.NAME + " is restarted: builds that are running now end. --no-start leaves that to you");
        }
        if (!fresh && !daemon.isRoot() && config.bridge().socketGroup().isEmpty()) {
            notes.add(
                    DaemonUnit.NAME + " runs as '" + daemon.user() + "', so " + SETTINGS + " must say: socket_group = "
                            + Surroundings.SERVICE_USER);
        }
        return new SetupPlan(steps, caches, config.files().stateDir(), notes);
    }

    /** The settings that the node will have; a file that is there is the user's, and only they change it. */
    private static NodeConfig settings(SystemRoot root, SetupChoices choices) throws SetupException, ConfigException {
        Path file = root.at(SETTINGS);
        Surroundings node = new Surroundings(Map.of(), Surroundings.SERVICE_USER, root.at(Path.of("/var/lib/guix-p2p")),
                file);
        if (!Files.exists(file)) {
            List<ConfigOverride> chosen = choices.policy().map(policy -> ConfigOverride.set("--policy",
                    "substitute_policy", Words.of(policy))).stream().toList();
            return ConfigLoader.load(node, Optional.empty(), chosen).config();
        }
        NodeConfig config = ConfigLoader.load(node, Optional.of(file), List.of()).config();
        if (choices.share().filter(share -> share != config.seeding().share()).isPresent()) {
            throw new SetupException(file + " says share = " + Words.of(config.seeding().share())
                    + ", and is yours; change it there");
        }
        if (choices.policy().filter(policy -> policy != config.substitutes().policy()).isPresent()) {
            throw new SetupException(file + " says substitute_policy = "
                    + Words.of(config.substitutes().policy()) + ", and is yours; change it there");
        }
        return config;
    }

    private static List<Step> copies(ProgramFiles from, ProgramFiles to) throws SetupException {
        List<Step> steps = new ArrayList<>();
        steps.add(new Step.WriteFile(to.launcher(), EXECUTABLE, new Step.Content.CopyOf(from.launcher())));
        steps.addAll(copyTree(from.lib(), ".jar", to.lib()));
        steps.addAll(copyTree(from.extensions(), ".scm", to.extensions()));
        if (Files.exists(from.compiler())) {
            steps.add(new Step.WriteFile(to.compiler(), READABLE, new Step.Content.CopyOf(from.compiler())));
        }
        return steps;
    }

    /** By the Guile of the Guix that runs it: what another one compiled is of no use. Without, it starts more slowly. */
    private static List<Step> compilation(ProgramFiles program, DaemonUnit daemon) {
        return daemon.guix().<Step>map(guix -> new Step.Attempt(List.of(guix.toString(), "repl", "--",
                program.compiler().toString(), program.extensions().toString()))).stream().toList();
    }

    /** Where the compiled form of a module of the extension will lie. */
    private static Stream<Path> compiled(Step step) {
        return step instanceof Step.WriteFile file && file.path().startsWith(ProgramFiles.COPY.extensions())
                ? Stream.of(file.path().resolveSibling(
                        String.valueOf(file.path().getFileName()).replaceFirst("\\.scm$", ".go")))
                : Stream.empty();
    }

    private static List<Step> copyTree(Path from, String suffix, Path to) throws SetupException {
        try (Stream<Path> files = Files.walk(from)) {
            List<Step> steps = files.filter(file -> Files.isRegularFile(file) && file.toString().endsWith(suffix))
                    .sorted()
                    .<Step>map(file -> new Step.WriteFile(to.resolve(from.relativize(file).toString()), READABLE,
                            new Step.Content.CopyOf(file)))
                    .toList();
            if (steps.isEmpty()) {
                throw new SetupException(from + " holds no " + suffix + " file: this guix-p2p is not complete");
            }
            return steps;
        } catch (IOException e) {
            throw new SetupException("this guix-p2p is not complete: " + IoWords.of(e, from), e);
        }
    }

    private static List<Step> directories(NodeConfig config) {
        List<Step> steps = new ArrayList<>();
        String owner = Surroundings.SERVICE_USER;
        steps.add(new Step.MakeDirectory(config.files().stateDir(), PRIVATE, owner));
        steps.add(new Step.MakeDirectory(config.files().cacheDir(), GROUP, owner));
        Path sockets = config.bridge().socketPath().getParent();
        if (sockets != null && !sockets.equals(config.files().cacheDir())) {
            steps.add(new Step.MakeDirectory(sockets, GROUP, owner));
        }
        return steps;
    }

    private static List<Step> commands(SetupChoices choices) {
        List<Step> steps = new ArrayList<>();
        steps.add(new Step.Run(List.of("systemctl", "daemon-reload")));
        if (choices.startNow()) {
            steps.add(new Step.Run(List.of("systemctl", "enable", UNIT_NAME)));
            steps.add(new Step.Run(List.of("systemctl", "restart", UNIT_NAME)));
            steps.add(new Step.Run(List.of("systemctl", "try-restart", DaemonUnit.NAME)));
        } else {
            steps.add(new Step.Run(List.of("systemctl", "enable", UNIT_NAME)));
        }
        return steps;
    }

    private static Step text(Path path, String text) {
        return new Step.WriteFile(path, READABLE, new Step.Content.Text(text));
    }
}
