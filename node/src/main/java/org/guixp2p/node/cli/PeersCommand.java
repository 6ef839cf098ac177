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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says who is connected to the node that runs. */
@Command(name = "peers", description = "List the peers that are connected to the node that runs.")
final class PeersCommand implements Callable<Integer> {
    private static final String ROW = "%-52s  %-9s  %6s  %-30s  %s";

    private final Surroundings surroundings;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    PeersCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, StartException {
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        List<Config> peers = RunningNode.ask(new ControlQuestion.Peers(), config, surroundings);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(RunningNode.json(peers));
        } else if (peers.isEmpty()) {
            out.println("no peer is connected");
        } else {
            out.println(String.format(Locale.ROOT, ROW, "PEER-ID", "DIALLED", "SCORE", "ADDRESS", "AGENT"));
            peers.forEach(peer -> out.println(String.format(Locale.ROOT, ROW, peer.getString("peer_id"),
                    peer.getBoolean("inbound") ? "by it" : "by us",
                    String.format(Locale.ROOT, "%.2f", peer.getDouble("score")), peer.getString("address"),
                    FormatException.printable(peer.getString("agent")))));
        }
        out.flush();
        return ExitCode.OK;
    }
}
