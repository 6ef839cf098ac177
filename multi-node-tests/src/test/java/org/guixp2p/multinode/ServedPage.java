// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.api.ApiRoutes;
import org.guixp2p.api.Dashboard;
import org.guixp2p.api.NodeInsight;
import org.guixp2p.api.NodeView;
import org.guixp2p.node.listen.HttpListener;
import org.guixp2p.node.madeup.MadeUpInsight;
import org.guixp2p.node.madeup.MadeUpNode;
import org.guixp2p.protocol.swarm.HostAndPort;

/** The dashboard of a node that is made up, on a socket. */
final class ServedPage implements AutoCloseable {
    private final NodeView node;
    private final NodeInsight insight;
    private ActorSystem<Void> system;
    private HttpListener listener;

    ServedPage(NodeView node) {
        this(node, new MadeUpInsight(new MadeUpNode(InstantSource.system(), new Random(1))));
    }

    ServedPage(NodeView node, NodeInsight insight) {
        this.node = node;
        this.insight = insight;
        this.system = begin();
        this.listener = bind(0);
    }

    private static ActorSystem<Void> begin() {
        return ActorSystem.create(Behaviors.empty(), "page");
    }

    private HttpListener bind(int port) {
        try {
            return HttpListener.answering(system, new HostAndPort("127.0.0.1", port),
                    new ApiRoutes(node, insight, Dashboard.ofMadeUpData()).route().flow(system));
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    String url(String view) {
        return "http://127.0.0.1:" + listener.address().getPort() + "/#/" + view;
    }

    /** Has {@code step} happen again and again. */
    void every(Duration time, Runnable step) {
        system.scheduler().scheduleAtFixedRate(Duration.ZERO, time, step, system.executionContext());
    }

    /** Hangs up on everybody, and does not answer; as the server alone would not, since it leaves WebSockets as they are. */
    void interrupt() {
        close();
    }

    /** Answers again, where it did. */
    void restore() {
        system = begin();
        listener = bind(listener.address().getPort());
    }

    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
