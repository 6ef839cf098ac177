// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.PublicKey;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that announce their gateways, and nodes that find them, on a network without anything else. None is the other's peer. */
@Timeout(300)
class ServersNearbyTest extends OnOneNetwork {
    private static final String TELLS = "lan = off\ngateway_bind = \"0.0.0.0:8080\"\nadvertise = on\n";
    private static final String ASKS = "lan = off\ndiscover = on\n";
    private static final String BOTH = TELLS + "discover = on\n";

    private NodePlan plan(String name) {
        return world.plan(name).policy(SubstitutePolicy.HTTP_FIRST);
    }

    private List<String> found(String name) {
        return ask(name, new ControlQuestion.Mirrors()).stream().filter(server -> server.getBoolean("discovered"))
                .map(server -> server.getString("server")).toList();
    }

    private void awaitFound(String name, String... servers) {
        Await.until(() -> found(name).equals(List.of(servers)), () -> name + " has found " + found(name));
    }

    @Test
    void anItemComesFromAGatewayThatNobodyNamedAndThatLeaves() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        hear("giver", item);
        try (NodeProcess giver = start(plan("giver").seeding(item), TELLS, "log1", ethernet.machine("10.77.0.1/24"));
                NodeProcess taker = start(plan("taker"), ASKS, "log2", ethernet.machine("10.77.0.2/24"))) {
            giver.awaitSaid("offering");
            long ready = System.nanoTime();
            awaitFound("taker", "http://10.77.0.1:8080");
            System.out.println("ready to found: " + (System.nanoTime() - ready) / 1_000_000 + " ms");
            assertArrayEquals(item.nar(), world.fetch("taker", item));
            Config named = ask("taker", new ControlQuestion.Mirrors()).getFirst();
            assertEquals(world.server().url().toString(), named.getString("server"));
            assertEquals(List.of(), found("giver"), "who does not look finds nobody");
            giver.terminate();
            awaitFound("taker");
            taker.awaitSaid("http://10.77.0.1:8080 is not announced any more");
        }
    }

    @Tag("slow")
    @Test
    void whatIsSignedByNoKeyThatCountsIsNotTaken() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        hear("giver", item);
        Files.write(world.acl("taker"),
                Acl.of(List.of(PublicKey.parse(Fixtures.bytes("keys/second.pub")))).encoded());
        try (NodeProcess giver = start(plan("giver").seeding(item), TELLS, "log1", ethernet.machine("10.77.0.1/24"));
                NodeProcess taker = start(plan("taker"), ASKS, "log2", ethernet.machine("10.77.0.2/24"))) {
            giver.awaitSaid("offering");
            awaitFound("taker", "http://10.77.0.1:8080");
            assertThrows(IOException.class, () -> world.fetch("taker", item));
            taker.awaitSaid("http://10.77.0.1:8080: ");
        }
    }

    /** Both know what the item is, and neither has it: if each asked the other on the other's behalf, that would not end. */
    @Tag("slow")
    @Test
    void twoThatHaveFoundEachOtherDoNotAskInACircle() throws Exception {
        World.Item item = world.item("noise", 700_000, true);
        for (String name : List.of("one", "two")) {
            Node online = plan(name).start();
            assertArrayEquals(item.nar(), world.fetch(name, item));
            World.stop(online);
        }
        try (NodeProcess one = start(plan("one"), BOTH, "log1", ethernet.machine("10.77.0.1/24"));
                NodeProcess two = start(plan("two"), BOTH, "log2", ethernet.machine("10.77.0.2/24"))) {
            awaitFound("one", "http://10.77.0.2:8080");
            awaitFound("two", "http://10.77.0.1:8080");
            CompletableFuture<byte[]> other = world.fetching("one", item);
            assertThrows(IOException.class, () -> world.fetch("two", item));
            assertThrows(CompletionException.class, other::join);
            one.terminate();
            two.terminate();
        }
    }
}
