// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gateway promises what its node can have, by the node's policy. */
@Timeout(120)
class GatewayPolicyTest extends InAWorld {
    private static <T> HttpResponse<T> get(Node node, String path, HttpResponse.BodyHandler<T> body) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI address = URI.create("http://" + node.addresses().gateway().orElseThrow() + path);
            return http.send(HttpRequest.newBuilder(address).build(), body);
        }
    }

    private static HttpResponse<String> narinfo(Node node, World.Item item) throws Exception {
        return get(node, "/" + item.path().hashPart() + ".narinfo", HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void amongPeersAloneWhatNoPeerHasIsNotPromised() throws Exception {
        World.Item item = world.item("noise", 100_000, false);
        World.Item nobodys = world.item("nobodys", 120_000, false);
        Node seeder = world.plan("seeder").seeding(item).start();
        Node node = world.plan("node").withAStoreOfItsOwn().withAGateway().dialling(seeder).start();
        assertEquals(404, narinfo(node, nobodys).statusCode());
        HttpResponse<String> found = narinfo(node, item);
        assertEquals(200, found.statusCode());
        assertTrue(found.body().startsWith("StorePath: " + item.path().path() + "\n"), found::body);
        assertArrayEquals(item.nar(),
                get(node, "/nar/" + item.path().baseName(), HttpResponse.BodyHandlers.ofByteArray()).body());
        // It passed through, and counts as given.
        World.await(node, "/metrics",
                said -> said.contains("guix_p2p_served_bytes_total{to=\"others\"} " + (double) item.nar().length));
    }

    @Test
    void whereServersAreAskedTooTheirWordIsEnough() throws Exception {
        World.Item item = world.item("noise", 100_000, false);
        Node node = world.plan("node").policy(SubstitutePolicy.P2P_FIRST).withAStoreOfItsOwn().withAGateway().start();
        assertEquals(200, narinfo(node, item).statusCode());
    }
}
