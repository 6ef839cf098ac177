// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.identity.IdentityException;
import org.guixp2p.node.identity.IdentityFile;
import org.guixp2p.node.identity.NodeIdentity;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints by which name others know the node. */
@Command(name = "identity", description = "Print the node's PEER-ID; makes its key when there is none yet.")
final class IdentityCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    IdentityCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, IdentityException {
        Path file = config.load(surroundings, List.of()).config().files().identity();
        NodeIdentity identity = IdentityFile.loadOrCreate(file, new SecureRandom());
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        spec.commandLine().getOut().println(json
                ? Json.object(Map.of("peer_id", identity.peerId().toString(), "file", file.toString()))
                : identity.peerId().toString());
        return ExitCode.OK;
    }
}
