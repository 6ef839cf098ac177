// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Has the node that runs look for providers. */
@Command(name = "test-provider-lookup", description = "Have the node that runs look for who has a NAR, and print what "
        + "it finds as it comes. Ends with status 1 when it finds nobody. Whoever is asked learns of the question: of a store "
        + "item that is not public nobody is asked; a NARHASH is asked for as it is.")
final class TestProviderLookupCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Parameters(paramLabel = "NARHASH|STORE-PATH", description = "sha256:… as in a narinfo, or /gnu/store/…")
    private String what = "";

    @Option(names = "--json", description = "Print JSON, an object a line.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    TestProviderLookupCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, StartException {
        CommandSpec command = spec;
        if (command == null) {
            throw new IllegalStateException("not run as a command");
        }
        ControlQuestion question;
        try {
            question = what.startsWith("/")
                    ? new ControlQuestion.ProvidersOfPath(StorePath.parse(what))
                    : new ControlQuestion.ProvidersOfNar(NarHash.parse(what));
        } catch (FormatException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()));
        }
        var socket = RunningNode.socket(config, surroundings);
        PrintWriter out = command.commandLine().getOut();
        AtomicInteger found = new AtomicInteger();
        try {
            ControlClient.ask(socket, question, line -> {
                if (line.hasPath("provider")) {
                    found.incrementAndGet();
                }
                out.println(json ? line.root().render(ConfigRenderOptions.concise()) : words(line));
                out.flush();
            });
        } catch (IOException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
        return found.get() > 0 ? ExitCode.OK : ExitCode.FAILURE;
    }

    private static String words(Config line) {
        if (line.hasPath("nar")) {
            return "looking for " + line.getString("nar");
        }
        if (line.hasPath("refused")) {
            return line.getString("refused").equals("private")
                    ? "nobody is asked: no public key has signed it, so that others must not hear of it"
                    : "nobody is asked: no trusted narinfo names it, so that it is not known what to look for";
        }
        return "%6d ms  ".formatted(line.getLong("after_ms")) + (line.hasPath("provider")
                ? line.getString("provider")
                : "the lookup is over: " + line.getString("ended"));
    }
}
