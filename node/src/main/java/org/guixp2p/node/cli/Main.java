// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.PrintWriter;
import org.guixp2p.node.Node;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.identity.IdentityException;
import org.guixp2p.node.setup.ProgramFiles;
import org.guixp2p.node.setup.SetupException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine;

/** Where every {@code guix-p2p} command but {@code substitute} and {@code demo} begins. */
@Command(name = "guix-p2p", versionProvider = Main.Version.class, mixinStandardHelpOptions = true, scope = CommandLine.ScopeType.INHERIT, synopsisSubcommandLabel = "COMMAND", description = "Guix substitutes, peer to peer.", footer = {
    "", "guix-p2p demo shows a substitute come from peers; guix-p2p substitute is for guix-daemon.",
    "Settings: docs/configuration.md."}, exitCodeListHeading = "%nExit status:%n", exitCodeList = {"0:done",
        "1:it could not be done; standard error says why",
        "2:the command line or the settings are wrong, and nothing was begun; or the doctor or 'seed verify' found "
                + "an error",
        "70:a fault of the program"})
public final class Main {
    private static final String PROGRAM = "guix-p2p";

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(args, Node::start));
    }

    /** Runs a command line with nodes of the caller's making, and returns its exit status. */
    public static int run(String[] args, NodeRuntime runtime) {
        Terminal terminal = Terminal.ofProcess();
        SetupCommand setup = new SetupCommand(ProgramFiles.ofProcess(), terminal.answers());
        return commands(Surroundings.ofProcess(), runtime, setup, terminal).execute(args);
    }

    /**
     * Every command, for somebody in {@code surroundings} at {@code terminal}; {@code node} runs by {@code runtime}.
     */
    static CommandLine commands(Surroundings surroundings, NodeRuntime runtime, SetupCommand setup,
            Terminal terminal) {
        return new CommandLine(new Main())
                .addSubcommand(new InitCommand(surroundings, terminal))
                .addSubcommand(new NodeCommand(surroundings, runtime))
                .addSubcommand(new ConfigCommand(surroundings))
                .addSubcommand(new IdentityCommand(surroundings))
                .addSubcommand(new LimitsCommand(surroundings, ControlClient.PATIENCE))
                .addSubcommand(new MirrorsCommand(surroundings))
                .addSubcommand(new PeersCommand(surroundings))
                .addSubcommand(new TopCommand(surroundings, terminal))
                .addSubcommand(new WhyCommand(surroundings))
                .addSubcommand(new SeedCommand(surroundings, terminal))
                .addSubcommand(new DashboardCommand(surroundings))
                .addSubcommand(new ShareInfoCommand(surroundings))
                .addSubcommand(new DoctorCommand(surroundings, terminal))
                .addSubcommand(new DashboardDemoCommand())
                .addSubcommand(new TestConnectivityCommand())
                .addSubcommand(new TestProviderLookupCommand(surroundings))
                .addSubcommand(setup)
                .addSubcommand(new HelpCommand())
                .setParameterExceptionHandler(Main::wrongUsage)
                .setExecutionExceptionHandler(Main::failed);
    }

    private static int wrongUsage(CommandLine.ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        say(command.getErr(), String.valueOf(e.getMessage()).lines().findFirst().orElse("wrong usage") + "; see '"
                + command.getCommandSpec().qualifiedName() + " --help'");
        return ExitCode.USAGE;
    }

    private static int failed(Exception e, CommandLine command, ParseResult parsed) {
        return switch (e) {
            case ConfigException wrong -> {
                wrong.faults().forEach(fault -> say(command.getErr(), fault.toString()));
                yield ExitCode.USAGE;
            }
            case IdentityException expected -> fail(command, expected);
            case StartException expected -> fail(command, expected);
            case SetupException expected -> fail(command, expected);
            default -> {
                LoggerFactory.getLogger(Main.class).error("A fault of guix-p2p itself", e);
                yield ExitCode.INTERNAL;
            }
        };
    }

    private static int fail(CommandLine command, Exception expected) {
        say(command.getErr(), String.valueOf(expected.getMessage()));
        return ExitCode.FAILURE;
    }

    private static void say(PrintWriter err, String line) {
        err.println(PROGRAM + ": " + line);
        err.flush();
    }

    /** The version that the build wrote down. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[]{PROGRAM + " " + org.guixp2p.node.Version.NUMBER};
        }
    }
}
