// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.typesafe.config.Config;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.top.Observer;
import org.guixp2p.node.top.Top;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what the node that runs does, anew each second; without a terminal, once. */
@Command(name = "top", description = "Show what the node that runs does, anew each second: downloads, peers, servers, events.")
final class TopCommand implements Callable<Integer> {
    /** Of what has no terminal, or none that says how wide it is. */
    private static final int WIDTH = 160;

    private final Surroundings surroundings;
    private final Terminal terminal;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--interval", paramLabel = "SECONDS", description = "How long between two looks, 1 to 3600; 1 by default.")
    private int interval = 1;

    @Option(names = "--once", description = "Print how it is now, and end; so it is without a terminal too.")
    private boolean once;

    @Option(names = "--json", description = "Print how it is now as JSON, and end.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    TopCommand(Surroundings surroundings, Terminal terminal) {
        this.surroundings = surroundings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws ConfigException, StartException {
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        if (interval < 1 || interval > 3600) {
            throw new ParameterException(spec.commandLine(), "--interval: 1 to 3600 seconds expected");
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println("{\"status\":" + RunningNode.json(ask(new ControlQuestion.Status())) + ",\"transfers\":"
                    + RunningNode.json(ask(new ControlQuestion.Transfers())) + ",\"peers\":"
                    + RunningNode.json(ask(new ControlQuestion.Peers())) + "}");
        } else {
            show(out);
        }
        out.flush();
        return ExitCode.OK;
    }

    private List<Config> ask(ControlQuestion question) throws ConfigException, StartException {
        return RunningNode.ask(question, config, surroundings);
    }

    private void show(PrintWriter out) throws ConfigException, StartException {
        Observer observer = new Observer(RunningNode.socket(config, surroundings), System::nanoTime);
        try {
            if (once || terminal.answers().isEmpty()) {
                Top.once(observer.lookAtActivity(), WIDTH).forEach(out::println);
                return;
            }
            try (org.jline.terminal.Terminal screen = TerminalBuilder.builder().system(true).dumb(false)
                    .nativeSignals(false).build()) {
                new Top(observer, screen, Duration.ofSeconds(interval), System::nanoTime).run();
            }
        } catch (IOException | IllegalStateException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }
}
