// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether the guix-daemon that runs asks the node: by the environment that it was started with. */
final class DaemonCheck implements Check {
    private static final Set<String> NAMES = Set.of("guix-daemon", ".guix-daemon-real");
    private static final String EXTENSIONS = "GUIX_EXTENSIONS_PATH";
    private static final String SETUP = "'guix-p2p setup' as root (on Guix System: the service), then restart "
            + "guix-daemon";

    @Override
    public String subject() {
        return "guix-daemon";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        Path processes = patient.root().at(Path.of("/proc"));
        Optional<Path> daemon;
        try (Stream<Path> all = Files.list(processes)) {
            daemon = all.filter(process -> process.getFileName().toString().matches("[0-9]+"))
                    .filter(DaemonCheck::isDaemon)
                    .min(Comparator.comparingLong(process -> Long.parseLong(process.getFileName().toString())));
        } catch (IOException e) {
            return List.of(Finding.warning(subject(), "processes cannot be seen in " + processes, "run this as root"));
        }
        return List.of(daemon.map(process -> examine(process, patient)).orElseGet(() -> Finding.warning(subject(),
                "none runs", "start it; where systemd starts it when it is needed, run 'guix gc --list-busy' first")));
    }

    /** The name that it was started by; anybody may see that. */
    private static boolean isDaemon(Path process) {
        try {
            String first = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1).split("\0", 2)[0];
            return NAMES.contains(first.substring(first.lastIndexOf('/') + 1));
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    private Finding examine(Path process, Patient patient) {
        String who = "process " + process.getFileName();
        Map<String, String> environment;
        try {
            environment = Arrays
                    .stream(Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1).split("\0"))
                    .map(variable -> variable.split("=", 2)).filter(sides -> sides.length == 2)
                    .collect(Collectors.toMap(sides -> sides[0], sides -> sides[1], (first, second) -> first));
        } catch (IOException e) {
            return Finding.warning(subject(), who + " runs; its environment cannot be read", "run this as root");
        }
        if (Path.of(environment.getOrDefault("GUIX", "/")).endsWith("guix-p2p")) {
            return Finding.ok(subject(), who + " asks the node: GUIX=" + environment.get("GUIX"));
        }
        String path = environment.getOrDefault(EXTENSIONS, "");
        if (path.isEmpty()) {
            return Finding.error(subject(), who + " was started without " + EXTENSIONS + ": it does not ask the node",
                    SETUP);
        }
        // The first that has a command by this name is the one that counts.
        return Arrays.stream(path.split(":")).filter(directory -> directory.startsWith("/")).map(Path::of)
                .filter(directory -> Files.exists(patient.root().at(directory).resolve("substitute.scm"))).findFirst()
                .filter(directory -> Files.isDirectory(patient.root().at(directory).resolve("guix-p2p")))
                .map(directory -> Finding.ok(subject(), who + " asks the node by " + directory))
                .orElseGet(() -> Finding.error(subject(), who + " has " + EXTENSIONS + "=" + path
                        + ", where the extension is not", SETUP));
    }
}
