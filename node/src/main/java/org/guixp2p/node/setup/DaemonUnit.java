// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.guixp2p.node.files.IoWords;

/**
 * What systemd's unit of {@code guix-daemon}, with its drop-ins but without ours, says about what we want to change.
 *
 * @param user who runs the daemon
 * @param extensionsPath the value of {@code GUIX_EXTENSIONS_PATH}, without blanks around
 * @param guix the command beside the daemon, which is the one that the daemon runs, when there is one
 */
record DaemonUnit(String user, Optional<String> extensionsPath, Optional<Path> guix) {
    static final String NAME = "guix-daemon.service";
    /** Sorted after every usual name: of several drop-ins that set one variable the last one counts. */
    static final Path DROP_IN = Path.of("/etc/systemd/system/guix-daemon.service.d/zz-guix-p2p.conf");

    private static final String VARIABLE = "GUIX_EXTENSIONS_PATH";
    /** Where systemd looks for units; earlier ones win ({@code systemd.unit(5)}). */
    private static final List<Path> DIRECTORIES = List.of(Path.of("/etc/systemd/system"),
            Path.of("/run/systemd/system"),
            Path.of("/usr/local/lib/systemd/system"), Path.of("/usr/lib/systemd/system"),
            Path.of("/lib/systemd/system"));

    /** The daemon runs as root, so that it may open every socket. */
    boolean isRoot() {
        return user.equals("root") || user.equals("0");
    }

    /**
     * Reads the unit of the system in {@code root}.
     *
     * @throws SetupException when there is none, or our drop-in would not have the last word
     */
    static DaemonUnit read(SystemRoot root) throws SetupException {
        Path unit = DIRECTORIES.stream().map(directory -> directory.resolve(NAME))
                .filter(file -> Files.isRegularFile(root.at(file))).findFirst()
                .orElseThrow(() -> new SetupException("systemd has no " + NAME
                        + "; install Guix first, or name the unit of its daemon so"));
        String user = "root";
        Optional<String> path = Optional.empty();
        Optional<Path> guix = Optional.empty();
        for (Path file : inOrder(root, unit)) {
            boolean late = !file.equals(unit) && name(file).compareTo(name(DROP_IN)) > 0;
            for (UnitFile.Assignment assignment : UnitFile.parse(text(root.at(file)))) {
                if (!assignment.section().equals("Service")) {
                    continue;
                }
                switch (assignment.key()) {
                    case "User" -> user = assignment.value().isEmpty() ? "root" : assignment.value();
                    case "Environment" -> {
                        Optional<String> set = assigned(UnitFile.words(assignment.value()));
                        if (late && set.isPresent()) {
                            throw new SetupException(file + " sets " + VARIABLE + " after " + DROP_IN.getFileName()
                                    + " does; move that into a drop-in whose name sorts before");
                        }
                        path = assignment.value().isEmpty() ? Optional.empty() : set.or(orBefore(path));
                    }
                    case "ExecStart" -> guix = beside(UnitFile.words(assignment.value()));
                    case "EnvironmentFile" -> refuseVariable(root, assignment.value());
                    default -> {
                        // nothing that matters here
                    }
                }
            }
        }
        return new DaemonUnit(user, path.map(String::strip).filter(value -> !value.isEmpty()),
                guix.filter(command -> Files.isExecutable(root.at(command))));
    }

    /** The first word names the program, after characters that say how it is run ({@code systemd.service(5)}). */
    private static Optional<Path> beside(List<String> words) {
        return words.stream().findFirst().map(word -> word.replaceFirst("^[-@:+!|]*", ""))
                .filter(word -> word.startsWith("/")).map(word -> Path.of(word).resolveSibling("guix"));
    }

    private static Supplier<Optional<String>> orBefore(Optional<String> path) {
        return () -> path;
    }

    /** The unit, then its drop-ins by name; of those with one name, the one in the earlier directory. */
    private static Collection<Path> inOrder(SystemRoot root, Path unit) throws SetupException {
        Map<String, Path> dropIns = new TreeMap<>();
        for (Path directory : DIRECTORIES) {
            Path folder = directory.resolve(NAME + ".d");
            if (!Files.isDirectory(root.at(folder))) {
                continue;
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(root.at(folder), "*.conf")) {
                files.forEach(file -> dropIns.putIfAbsent(name(file), folder.resolve(name(file))));
            } catch (IOException e) {
                throw new SetupException("cannot read " + IoWords.of(e, root.at(folder)), e);
            }
        }
        dropIns.remove(name(DROP_IN));
        List<Path> files = new ArrayList<>(List.of(unit));
        files.addAll(dropIns.values());
        return files;
    }

    private static Optional<String> assigned(List<String> words) {
        return words.stream().filter(word -> word.startsWith(VARIABLE + "="))
                .map(word -> word.substring(VARIABLE.length() + 1)).reduce((_, last) -> last);
    }

    /** A variable from a file has precedence over one from a unit, wherever they stand ({@code systemd.exec(5)}). */
    private static void refuseVariable(SystemRoot root, String value) throws SetupException {
        String name = value.startsWith("-") ? value.substring(1) : value;
        if (!name.startsWith("/") || !Files.isRegularFile(root.at(Path.of(name)))) {
            return;
        }
        if (text(root.at(Path.of(name))).lines().anyMatch(line -> line.strip().startsWith(VARIABLE + "="))) {
            throw new SetupException(
                    name + " sets " + VARIABLE + ", and an EnvironmentFile has the last word; move that"
                            + " line into the unit as Environment=");
        }
    }

    private static String text(Path file) throws SetupException {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new SetupException("cannot read " + IoWords.of(e, file), e);
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
