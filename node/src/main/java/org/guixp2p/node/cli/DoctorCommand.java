// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.LoadedConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.doctor.Doctor;
import org.guixp2p.node.doctor.Finding;
import org.guixp2p.node.doctor.Patient;
import org.guixp2p.node.doctor.Verdict;
import org.guixp2p.node.setup.SystemRoot;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what is wrong with a set-up, and what to do. */
@Command(name = "doctor", description = "Look at everything that a node needs, and say what to do about what is wrong. "
        + "Ends with status 2 when something does not work.")
final class DoctorCommand implements Callable<Integer> {
    private static final String SUBJECT = "configuration";
    /** For each answer over a network. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration WITHIN = Duration.ofSeconds(12);

    private final Surroundings surroundings;
    private final Terminal terminal;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--root", paramLabel = "DIR", description = "Look for guix-daemon among the processes of the system in DIR.")
    private Path root = Path.of("/");

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    DoctorCommand(Surroundings surroundings, Terminal terminal) {
        this.surroundings = surroundings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        Logs.setLevel(org.slf4j.event.Level.ERROR);
        List<Finding> findings = findings();
        boolean works = findings.stream().noneMatch(finding -> finding.verdict() == Verdict.ERROR);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.object(Map.of("ok", works, "findings", findings.stream().map(finding -> Map.of("subject",
                    finding.subject(), "verdict", Words.of(finding.verdict()), "seen", finding.seen(), "advice",
                    finding.advice())).toList())));
        } else {
            findings.forEach(finding -> print(finding, out));
        }
        out.flush();
        return works ? ExitCode.OK : ExitCode.USAGE;
    }

    private List<Finding> findings() {
        LoadedConfig loaded;
        try {
            loaded = config.load(surroundings, List.of());
        } catch (ConfigException e) {
            return e.faults().stream().map(fault -> Finding.error(SUBJECT, fault.toString(),
                    "mend that line; 'guix-p2p config check' looks at it alone")).toList();
        }
        List<Finding> findings = new ArrayList<>();
        List<String> warnings = config.warnings(surroundings, loaded.config());
        warnings.forEach(warning -> findings.add(Finding.warning(SUBJECT, warning, "set one or the other")));
        if (warnings.isEmpty()) {
            long set = loaded.settings().stream().filter(setting -> !setting.place().equals("default")).count();
            findings.add(new Finding(SUBJECT, Verdict.OK, loaded.settings().size() + " settings, " + set
                    + " of them set; share = " + Words.of(loaded.config().seeding().share()), ""));
        }
        findings.addAll(Doctor.examine(
                Patient.of(loaded.config(), surroundings, new SystemRoot(root), PATIENCE), WITHIN));
        return findings;
    }

    private void print(Finding finding, PrintWriter out) {
        String verdict = "%-8s".formatted(Words.of(finding.verdict()));
        out.println(terminal.paint(switch (finding.verdict()) {
            case OK -> Terminal.Colour.GREEN;
            case WARNING -> Terminal.Colour.YELLOW;
            case ERROR -> Terminal.Colour.RED;
        }, verdict) + finding.subject() + ": "
                + FormatException.printable(finding.seen()));
        Stream.of(finding.advice()).filter(advice -> !advice.isEmpty())
                .forEach(advice -> out.println(" ".repeat(verdict.length()) + "to do: " + advice));
    }
}
