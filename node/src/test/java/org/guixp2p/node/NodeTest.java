// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.identity.NodeIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

@Timeout(60)
class NodeTest {
    private static final long PATIENCE_SECONDS = 20;

    @TempDir
    private Path directory;

    private Node start() throws StartException {
        NodeConfig config = new NodeConfig(
                new NodeConfig.Substitutes(SubstitutePolicy.P2P_ONLY, List.of(), 1, directory.resolve("acl")),
                new NodeConfig.Seeding(Share.OFF, List.of(), List.of(), AutoSeed.P2P),
                new NodeConfig.Network(List.of(), List.of(), List.of(), 50),
                new NodeConfig.Transfers(Duration.ofSeconds(5), Duration.ofSeconds(5), 8, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(directory.resolve("cache"), directory.resolve("state"), directory),
                new NodeConfig.Bridge(directory.resolve("socket"), Optional.empty(), Fallback.NONE), Optional.empty(),
                Level.INFO);
        return Node.start(config, NodeIdentity.generate(new SecureRandom()));
    }

    private static void spawn(Node node, String name, boolean fails) {
        Behavior<String> behavior = Behaviors.setup(context -> {
            if (fails) {
                throw new IllegalStateException("a test's fault");
            }
            return Behaviors.stopped();
        });
        node.system().tell(new SpawnProtocol.Spawn<>(behavior, name, Props.empty(), node.system().ignoreRef()));
    }

    /** Without one of its top actors a node would go on half. */
    @Test
    void theFailureOfATopActorEndsTheNode() throws Exception {
        Node node = start();
        spawn(node, "ends-well", false);
        spawn(node, "fails", true);
        ExecutionException end = assertThrows(ExecutionException.class,
                () -> node.whenEnded().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertEquals("java.lang.IllegalStateException: a test's fault", String.valueOf(rootOf(end)));
        assertFalse(Files.exists(directory.resolve("socket")));
        // Nothing is left that would keep another out.
        Node next = start();
        spawn(next, "ends-well", false);
        next.stop();
        next.whenEnded().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null ? failure : rootOf(cause);
    }
}
