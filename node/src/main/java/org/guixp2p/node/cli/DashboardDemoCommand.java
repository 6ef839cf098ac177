// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.api.ApiRoutes;
import org.guixp2p.api.Dashboard;
import org.guixp2p.node.listen.HttpListener;
import org.guixp2p.node.madeup.MadeUpInsight;
import org.guixp2p.node.madeup.MadeUpNode;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves the dashboard of a node that does not exist. */
@Command(name = "dashboard-demo", description = "Show the dashboard with made-up data, until it is stopped. No node runs.")
final class DashboardDemoCommand implements Callable<Integer> {
    private static final Duration STEP = Duration.ofMillis(500);
    private static final double NANOS_A_SECOND = 1e9;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "8091", description = "Where, at 127.0.0.1: ${DEFAULT-VALUE} without it, 0 for any that is free.")
    private int port;

    @Option(names = "--seed", paramLabel = "NUMBER", description = "The same number makes the same things happen.")
    private @Nullable Long seed;

    @Option(names = "--json", description = "Print where as JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        PrintWriter out = spec.commandLine().getOut();
        MadeUpNode node = new MadeUpNode(InstantSource.system(), seed == null ? new Random() : new Random(seed));
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "dashboard-demo");
        try {
            InetSocketAddress address = HttpListener.answering(system, new HostAndPort("127.0.0.1", port),
                    new ApiRoutes(node, new MadeUpInsight(node), Dashboard.ofMadeUpData()).route().flow(system))
                    .address();
            String link = "http://127.0.0.1:" + address.getPort() + "/";
            out.println(json ? Json.object(Map.of("link", link)) : link);
            out.flush();
            system.scheduler().scheduleAtFixedRate(Duration.ZERO, STEP,
                    () -> node.pass(STEP.toNanos() / NANOS_A_SECOND), system.executionContext());
            system.getWhenTerminated().toCompletableFuture().get();
            return ExitCode.OK;
        } catch (ExecutionException e) {
            spec.commandLine().getErr().println("guix-p2p: cannot listen at 127.0.0.1:" + port);
            return ExitCode.FAILURE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.OK;
        } finally {
            system.terminate();
        }
    }
}
