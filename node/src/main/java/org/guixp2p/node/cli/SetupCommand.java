// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.setup.ProgramFiles;
import org.guixp2p.node.setup.Removal;
import org.guixp2p.node.setup.Setup;
import org.guixp2p.node.setup.SetupChoices;
import org.guixp2p.node.setup.SetupException;
import org.guixp2p.node.setup.SetupTexts;
import org.guixp2p.node.setup.SystemCalls;
import org.guixp2p.node.setup.SystemRoot;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Turns the integration with guix-daemon on or off. */
@Command(name = "setup", description = {"Let guix-daemon get substitutes from the node.",
    "For a Guix on another distribution: a user, a service and a drop-in for guix-daemon.service, by systemd. "
            + "On Guix System: prints the lines for its configuration."})
final class SetupCommand implements Callable<Integer> {
    private final Optional<ProgramFiles> program;
    private final Optional<BufferedReader> terminal;

    @Option(names = "--undo", description = "Take back what an earlier run made.")
    private boolean undo;

    @Option(names = "--dry-run", description = "Only print every file and command.")
    private boolean dryRun;

    @Option(names = "--share", paramLabel = "WITH", converter = Choices.ForShare.class, description = "Who is offered what this machine has: 'off', 'lan' or 'world'.")
    private @Nullable Share share;

    @Option(names = "--policy", paramLabel = "POLICY", converter = Choices.ForPolicy.class, description = "'p2p-only', 'p2p-first' (the default) or 'http-first'.")
    private @Nullable SubstitutePolicy policy;

    @Option(names = "--no-start", description = "Enable the service, but neither start it nor restart guix-daemon.")
    private boolean noStart;

    @Option(names = "--root", paramLabel = "DIR", description = "Set up the system in DIR; no command is run there.")
    private Path directory = Path.of("/");

    @Option(names = "--json", description = "Print JSON; nobody is asked then.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    SetupCommand(Optional<ProgramFiles> program, Optional<BufferedReader> terminal) {
        this.program = program;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws SetupException, ConfigException, IOException, InterruptedException {
        CommandSpec command = spec;
        if (command == null) {
            throw new IllegalStateException("not run as a command");
        }
        PrintWriter out = command.commandLine().getOut();
        List<String> told = new ArrayList<>();
        try {
            end(out, told, run(command, out, json ? told::add : out::println));
            return ExitCode.OK;
        } catch (SetupException | ConfigException | IOException | ParameterException e) {
            end(out, told,
                    Map.of("failed",
                            e instanceof FileSystemException named
                                    ? IoWords.of(named, directory)
                                    : String.valueOf(e.getMessage())));
            throw e;
        }
    }

    /** Does what it is to do, and returns what is to be said of it besides the steps. */
    private Map<String, String> run(CommandSpec command, PrintWriter out, Consumer<String> step)
            throws SetupException, ConfigException, IOException, InterruptedException {
        SystemRoot root = new SystemRoot(directory);
        SystemCalls system = SystemCalls.of(root, step);
        if (undo) {
            new Removal(root, system, step).run(dryRun);
            return Map.of();
        }
        ProgramFiles files = program
                .orElseThrow(
                        () -> new SetupException("setup must be run by the 'guix-p2p' script, which knows its files"));
        if (root.isGuixSystem()) {
            String service = SetupTexts.guixSystemSnippet(files, Optional.ofNullable(share).orElse(Share.LAN));
            if (!json) {
                out.print(SetupTexts.privacy());
                out.println();
                out.print(service);
                out.flush();
            }
            return Map.of("guix_system_service", service);
        }
        Optional<Share> chosen = Optional.ofNullable(share);
        if (chosen.isEmpty() && !Setup.isConfigured(root)) {
            chosen = Optional.of(ask(command, out));
        }
        new Setup(root, system, step).install(files, Path.of(System.getProperty("java.home")),
                new SetupChoices(chosen, Optional.ofNullable(policy), !noStart), dryRun);
        if (!dryRun && !json) {
            out.println("done; 'guix-p2p setup --undo' takes it back");
        }
        return Map.of();
    }

    private void end(PrintWriter out, List<String> told, Map<String, String> besides) {
        if (json) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("dry_run", dryRun);
            members.put("steps", told);
            members.putAll(besides);
            out.println(Json.object(members));
            out.flush();
        }
    }

    private Share ask(CommandSpec command, PrintWriter out) throws IOException {
        if (!json) {
            ShareQuestion.explain(out);
        }
        if (json || terminal.isEmpty()) {
            if (dryRun) {
                return Share.LAN;
            }
            throw new ParameterException(command.commandLine(), "nobody is there to ask: --share off, lan or world?");
        }
        return ShareQuestion.ask(command, out, terminal.get());
    }
}
