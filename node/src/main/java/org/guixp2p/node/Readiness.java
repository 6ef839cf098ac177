// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.node.config.NodeConfig;

/**
 * Whether a node that was started still can do what it is for: it may have lost its socket to somebody who tidies up, or its disk.
 *
 * @param restorers whether restorers find the bridge's socket
 * @param peers whether peers may connect, where they are to
 * @param status asks the actors how they are doing
 */
record Readiness(NodeConfig config, BooleanSupplier restorers, BooleanSupplier peers,
        Supplier<CompletionStage<NodeStatus>> status) {
    /** What lies in the state directory, and is used as long as the node runs. */
    private static final List<String> STORES = List.of("partial", "nars", "seeds");

    /**
     * What is missing, each in a line for people.
     *
     * @param disk where it is looked for
     */
    CompletionStage<List<String>> missing(Executor disk) {
        return status.get().handleAsync((answered, failure) -> {
            List<String> missing = new ArrayList<>();
            if (failure != null) {
                missing.add("the node does not answer within its time");
            }
            if (!restorers.getAsBoolean()) {
                missing.add("guix-daemon's substituter does not find the socket " + config.bridge().socketPath());
            }
            if (!peers.getAsBoolean()) {
                missing.add("peers cannot connect at " + config.network().listen());
            }
            Path state = config.files().stateDir();
            STORES.stream().map(state::resolve).forEach(store -> open("what is kept for others", store, missing));
            open("the cache", config.files().cacheDir(), missing);
            return missing;
        }, disk);
    }

    private static void open(String what, Path directory, List<String> missing) {
        if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
            missing.add(what + " cannot be written: " + directory);
        }
    }
}
