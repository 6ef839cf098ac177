// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigOverride;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.identity.IdentityException;
import org.guixp2p.node.identity.IdentityFile;
import org.guixp2p.node.identity.NodeIdentity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a node in the foreground until it is told to stop. */
@Command(name = "node", description = "Run the node in the foreground until SIGTERM or SIGINT.")
final class NodeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(NodeCommand.class);
    /** A second more than a node may take to finish what is under way. */
    private static final long STOP_SECONDS = 6;

    private final Surroundings surroundings;
    private final NodeRuntime runtime;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--seed", arity = "1..*", paramLabel = "STORE-PATH", description = "Offer these store items, besides those of 'seed_paths'.")
    private List<String> seeds = new ArrayList<>();

    @Option(names = "--peer", paramLabel = "ADDRESS", description = "Connect to guixp2p://PEER-ID@HOST:PORT, besides those of 'bootstrap_peers'.")
    private List<String> peers = new ArrayList<>();

    @Option(names = "--policy", paramLabel = "POLICY", description = "'p2p-only', 'p2p-first' or 'http-first'.")
    private @Nullable String policy;

    @Option(names = "--share", paramLabel = "WITH", description = "'off', 'lan' or 'world'.")
    private @Nullable String share;

    @Option(names = "--listen", paramLabel = "HOST:PORT", description = "Where peers connect.")
    private List<String> listen = new ArrayList<>();

    @Option(names = "--api", paramLabel = "HOST:PORT", description = "Where the REST API listens, or 'off'.")
    private @Nullable String api;

    @Option(names = "-v", description = "Log more; -vv even more.")
    private boolean[] verbosity = new boolean[0];

    @Option(names = "--json", description = "Say as JSON where the node is found.")
    private boolean json;

    NodeCommand(Surroundings surroundings, NodeRuntime runtime) {
        this.surroundings = surroundings;
        this.runtime = runtime;
    }

    @Override
    public Integer call() throws ConfigException, IdentityException, StartException, InterruptedException {
        Optional<Throwable> noNativeCode = NativeCrypto.install();
        NodeConfig settings = config.load(surroundings, overrides()).config();
        Logs.setLevel(Logs.verbose(settings.logLevel(), verbosity.length));
        LOG.info("{}", NativeCrypto.describe());
        noNativeCode.map(NativeCrypto::remedy).ifPresent(LOG::warn);
        config.warnings(surroundings, settings).forEach(LOG::warn);
        NodeIdentity identity = IdentityFile.loadOrCreate(settings.files().identity(), new SecureRandom());
        NodeRuntime.Running node = runtime.start(settings, identity);
        Thread stopper = new Thread(() -> stop(node), "stop");
        Runtime.getRuntime().addShutdownHook(stopper);
        // For whoever started the node: everything else goes to standard error.
        System.out.println(json ? Json.object(node.addresses().members()) : node.addresses());
        try {
            node.whenEnded().toCompletableFuture().get();
            return ExitCode.OK;
        } catch (ExecutionException e) {
            LOG.error("The node has ended by itself", e.getCause());
            return ExitCode.FAILURE;
        }
    }

    /** Runs in the shutdown hook: a signal means a good end, so it ends with status 0 if the node does. */
    private static void stop(NodeRuntime.Running node) {
        var ended = node.whenEnded().toCompletableFuture();
        if (ended.isDone()) {
            return; // the exit status is on its way
        }
        LOG.info("Stopping");
        int status = ExitCode.OK;
        try {
            node.stop();
            ended.get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            LOG.error("Work under way has not ended in {} s and is given up", STOP_SECONDS);
            status = ExitCode.FAILURE;
        } catch (ExecutionException e) {
            LOG.error("The node has ended with a failure", e.getCause());
            status = ExitCode.FAILURE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            status = ExitCode.FAILURE;
        }
        Runtime.getRuntime().halt(status);
    }

    private List<ConfigOverride> overrides() {
        List<ConfigOverride> overrides = new ArrayList<>();
        if (policy != null) {
            overrides.add(ConfigOverride.set("--policy " + policy, "substitute_policy", policy));
        }
        if (share != null) {
            overrides.add(ConfigOverride.set("--share " + share, "share", share));
        }
        if (api != null) {
            overrides.add(ConfigOverride.set("--api " + api, "api_bind", api));
        }
        if (!listen.isEmpty()) {
            String all = String.join(" ", listen);
            overrides.add(ConfigOverride.set("--listen " + all, "listen_address", all));
        }
        seeds.forEach(seed -> overrides.add(ConfigOverride.add("--seed " + seed, "seed_paths", seed)));
        peers.forEach(peer -> overrides.add(ConfigOverride.add("--peer " + peer, "bootstrap_peers", peer)));
        return overrides;
    }
}
