// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says why an item came from where it did. */
@Command(name = "why", description = "Say where an item came from that the node that runs has fetched, or "
        + "is fetching, how long each step took, and why it did not come from peers; or why it was not promised to whoever asked. Ends with "
        + "status 1 when it has done neither lately.")
final class WhyCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Parameters(paramLabel = "STORE-PATH", description = "/gnu/store/…")
    private String path = "";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    WhyCommand(Surroundings surroundings) {
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
            question = new ControlQuestion.Why(StorePath.parse(path));
        } catch (FormatException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()));
        }
        List<Config> downloads = RunningNode.ask(question, config, surroundings);
        PrintWriter out = command.commandLine().getOut();
        if (json) {
            out.println(RunningNode.json(downloads));
        } else if (downloads.isEmpty()) {
            out.println(
                    "no download of it is remembered: it was neither fetched nor refused since the node has started, or long ago");
        } else {
            downloads.forEach(one -> print(one, out));
        }
        out.flush();
        return downloads.isEmpty() ? ExitCode.FAILURE : ExitCode.OK;
    }

    private static void print(Config download, PrintWriter out) {
        String began = download.hasPath("began") ? download.getString("began") : "under way";
        out.println(String.format(Locale.ROOT, "%s  %.1f s  %d bytes", began,
                download.getDouble("seconds"), download.getLong("size")));
        out.println("  " + FormatException.printable(download.getString("answer")));
        download.getConfigList("phases").forEach(phase -> out.println(String.format(Locale.ROOT, "  %9.1f s  %s",
                phase.getDouble("seconds"), phase(phase.getString("name")))));
        if (download.hasPath("at")) {
            out.println("  it is " + phase(download.getString("at")));
        }
        download.getConfigList("sources").forEach(source -> out.println(String.format(Locale.ROOT, "  %11d  from %s",
                source.getLong("bytes"), FormatException.printable(source.getString("name")))));
        download.getConfigList("came_to_nothing").forEach(turn -> out.println("  " + turn.getString("kind")
                + " came to nothing: " + FormatException.printable(turn.getString("reason"))));
        download.getConfigList("troubles").forEach(trouble -> out.println("  peer " + trouble.getString("peer_id")
                + ": " + FormatException.printable(trouble.getString("what"))));
    }

    private static String phase(String name) {
        return switch (name) {
            case "metadata" -> "looking for its narinfo";
            case "providers" -> "looking for peers that have it";
            case "blocks" -> "getting blocks from peers";
            case "servers" -> "getting it from servers";
            case "verifying" -> "verifying the rest of what had come";
            default -> name;
        };
    }
}
