// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlQuestion;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Gives the user a link to the dashboard of the node that runs. */
@Command(name = "dashboard", description = "Print a link to the dashboard of the node that runs. With it a browser on this machine may "
        + "change things: it holds once, and for two minutes.")
final class DashboardCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--open", description = "Open it in a browser (xdg-open) and print nothing.")
    private boolean open;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    DashboardCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, StartException {
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        Config answer = RunningNode.ask(new ControlQuestion.Dashboard(), config, surroundings).getFirst();
        if (answer.hasPath("refused")) {
            throw new StartException("there is no dashboard: " + answer.getString("refused"));
        }
        String link = answer.getString("link");
        if (open) {
            new Browser(surroundings.environment()).open(link);
            return ExitCode.OK;
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? Json.object(Map.of("link", link)) : link);
        out.flush();
        return ExitCode.OK;
    }
}
