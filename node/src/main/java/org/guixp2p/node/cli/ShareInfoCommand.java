// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.doctor.OwnAddresses;
import org.guixp2p.node.doctor.RunningNode;
import org.guixp2p.node.identity.IdentityException;
import org.guixp2p.node.identity.IdentityFile;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what others have to know to connect. */
@Command(name = "share-info", description = "Print what others put into their bootstrap_peers to connect to this node, a line "
        + "each; makes its key when there is none yet.")
final class ShareInfoCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    ShareInfoCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, IdentityException {
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        NodeConfig settings = config.load(surroundings, List.of()).config();
        PeerId id = IdentityFile.loadOrCreate(settings.files().identity(), new SecureRandom()).peerId();
        List<String> warnings = new ArrayList<>();
        Optional<RunningNode> node = Optional.empty();
        try {
            node = Optional.of(RunningNode.ask(settings));
        } catch (IOException e) {
            warnings.add("no node runs now: " + e.getMessage());
        }
        List<String> addresses = OwnAddresses.shareable(settings, node).stream()
                .map(address -> new PeerAddress(id, address).toString()).toList();
        if (settings.seeding().share() == Share.OFF) {
            warnings.add("nobody can connect: share = off");
        } else if (addresses.isEmpty()) {
            warnings.add("nobody can connect: there is no address but this machine's own; see listen_address");
        }
        List<String> unreachable = node.map(running -> running.families("unreachable")).orElse(List.of());
        if (!unreachable.isEmpty()) {
            warnings.add("peers elsewhere do not get through to this node by " + String.join(" and ", unreachable)
                    + "; see guix-p2p doctor");
        }
        String share = Words.of(settings.seeding().share());
        PrintWriter out = spec.commandLine().getOut();
        int keepers = node.map(RunningNode::recordKeptBy).orElse(0);
        if (json) {
            out.println(Json.object(Map.of("peer_id", id.toString(), "share", share, "addresses", addresses,
                    "record_kept_by", keepers, "warnings", warnings)));
        } else {
            out.println("# peer " + id + ", share = " + share);
            if (keepers > 0) {
                out.println("# " + keepers
                        + " nodes of the DHT keep where it is: those who knew it find it elsewhere, too");
            }
            addresses.forEach(out::println);
            warnings.forEach(warning -> spec.commandLine().getErr().println("guix-p2p: warning: " + warning));
            spec.commandLine().getErr().flush();
        }
        return ExitCode.OK;
    }
}
