// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness;

import java.io.IOException;
import org.guixp2p.harness.bench.BenchCommand;
import org.guixp2p.harness.bench.Data;
import org.guixp2p.harness.bench.closure.Sizes;
import org.guixp2p.harness.builtin.PlainSubstituterCommand;
import org.guixp2p.harness.daemon.NoGuixException;
import org.guixp2p.harness.demo.DemoCommand;
import org.guixp2p.harness.demo.Discovery;
import org.guixp2p.harness.demo.NoNamespacesException;
import org.guixp2p.harness.liar.LyingNodeCommand;
import org.guixp2p.harness.server.NarinfoServerCommand;
import org.guixp2p.harness.training.TrainNodeCommand;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Loss;
import org.guixp2p.harness.units.Span;
import org.guixp2p.protocol.FormatException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** Where the commands of {@code guix-p2p} begin that show and measure. */
@Command(name = "guix-p2p", mixinStandardHelpOptions = true, scope = CommandLine.ScopeType.INHERIT, synopsisSubcommandLabel = "COMMAND", description = "See and measure guix-p2p at work.", exitCodeListHeading = "%nExit status:%n", exitCodeList = {
    "0:everything held", "1:something did not; the output says what", "2:the command line is wrong; nothing was begun",
    "69:this machine does not let it be shown, or lacks what it is to be measured against; nothing was begun",
    "70:a fault of the program"})
public final class HarnessMain {
    private static final int FAILURE = 1;
    private static final int USAGE = 2;
    /** {@code EX_UNAVAILABLE} of {@code sysexits.h}. */
    private static final int UNAVAILABLE = 69;
    /** {@code EX_SOFTWARE} of {@code sysexits.h}. */
    private static final int INTERNAL = 70;

    private HarnessMain() {}

    public static void main(String[] args) {
        System.exit(commands().execute(args));
    }

    /** All commands. */
    static CommandLine commands() {
        return new CommandLine(new HarnessMain())
                .addSubcommand(new DemoCommand())
                .addSubcommand(new BenchCommand())
                .addSubcommand(new NarinfoServerCommand())
                .addSubcommand(new PlainSubstituterCommand())
                .addSubcommand(new LyingNodeCommand())
                .addSubcommand(new TrainNodeCommand())
                .registerConverter(ByteCount.class, word(ByteCount::parse))
                .registerConverter(BitRate.class, word(BitRate::parse))
                .registerConverter(Span.class, word(Span::parse))
                .registerConverter(Loss.class, word(Loss::parse))
                .registerConverter(Data.class, word(Data::parse))
                .registerConverter(Sizes.class, word(Sizes::parse))
                .registerConverter(Discovery.class, word(Discovery::parse))
                .setParameterExceptionHandler(HarnessMain::wrongUsage)
                .setExecutionExceptionHandler(HarnessMain::failed);
    }

    private interface Parser<T> {
        T parse(String text) throws FormatException;
    }

    private static <T> ITypeConverter<T> word(Parser<T> parser) {
        return text -> {
            try {
                return parser.parse(text);
            } catch (FormatException e) {
                throw new TypeConversionException(e.getMessage());
            }
        };
    }

    private static int wrongUsage(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        command.getErr().println("guix-p2p: " + String.valueOf(e.getMessage()).lines().findFirst().orElse("wrong usage")
                + "; see '" + command.getCommandSpec().qualifiedName() + " --help'");
        command.getErr().flush();
        return USAGE;
    }

    private static int failed(Exception e, CommandLine command, ParseResult parsed) {
        if (e instanceof IOException) {
            command.getErr().println("guix-p2p: " + e.getMessage());
            command.getErr().flush();
            return e instanceof NoNamespacesException || e instanceof NoGuixException ? UNAVAILABLE : FAILURE;
        }
        e.printStackTrace(command.getErr());
        return INTERNAL;
    }
}
