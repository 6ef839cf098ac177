// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whole nodes, changed by their REST APIs as a page or a script would. */
@Timeout(120)
class ApiWritesTest extends InAWorld {
    private static final int SIZE = 3_000_000;

    private record Answer(int status, String body) {
        private Answer is(int expected, String... parts) {
            assertEquals(expected, status, body);
            for (String part : parts) {
                assertTrue(body.contains(part), body);
            }
            return this;
        }
    }

    private String token(String node) throws IOException {
        return Files.readString(world.home(node).resolve("state/api-token")).strip();
    }

    private static Answer send(Node node, String method, String path, String token, String json) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI
                .create("http://" + node.addresses().api().orElseThrow() + path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setRequestProperty("Connection", "close");
        if (!token.isEmpty()) {
            connection.setRequestProperty("Authorization", "Bearer " + token);
        }
        if (!json.isEmpty()) {
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setDoOutput(true);
            connection.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
        } else if (method.equals("POST")) {
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(0);
        }
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Answer(status, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private Answer post(Node node, String name, String path, String json) throws IOException {
        return send(node, "POST", path, token(name), json);
    }

    private static String hash(World.Item item) {
        return new NarHash(Sha256.hash(item.nar())).toString();
    }

    @Test
    void whatIsOfferedIsNamedAndForgotten() throws Exception {
        World.Item item = world.item("named", SIZE, false);
        World.Item other = world.item("other", 1000, false);
        Node node = world.plan("node").start();
        String named = "{\"store_path\":\"" + item.path().path() + "\"}";
        post(node, "node", "/api/seeds", named).is(201, "\"storePath\":\"" + item.path().path(), "\"added\":true");
        World.awaitOffered(node, 1);
        post(node, "node", "/api/seeds", named).is(200, "\"added\":false");
        post(node, "node", "/api/seeds", "{\"store_path\":\"" + other.path().path() + "\"}").is(201);
        World.awaitOffered(node, 2);
        String absent = "/gnu/store/0000000000000000000000000000000a-nope-1";
        post(node, "node", "/api/seeds", "{\"store_path\":\"" + absent + "\"}").is(404, "no such path");
        post(node, "node", "/api/seeds", "{\"store_path\":\"/etc/passwd\"}").is(400);

        String token = token("node");
        send(node, "DELETE", "/api/seeds/" + hash(item), token, "").is(200,
                "\"storePath\":\"" + item.path().path(), "\"source\":\"manual\"", "\"inSeedPaths\":false");
        World.await(node, "/api/seeds", said -> !said.contains("named"));
        send(node, "DELETE", "/api/seeds/" + hash(item), token, "").is(404);
        send(node, "DELETE", "/api/seeds/" + other.path().baseName(), token, "").is(200, "\"source\":\"manual\"");
        World.await(node, "/api/seeds", "[]"::equals);
        send(node, "DELETE", "/api/seeds/x", token, "").is(400);
        // Whoever has no token changes nothing.
        send(node, "POST", "/api/seeds", "", named).is(401);
        send(node, "POST", "/api/seeds", token.substring(1), named).is(401);
        assertEquals("[]", World.api(node, "/api/seeds"));
    }

    @Test
    void limitsHoldFromThenOn() throws Exception {
        Node node = world.plan("node").start();
        post(node, "node", "/api/limits", "{\"upload\":2000,\"downloadPerPeer\":30}").is(200);
        String both = "{\"upload\":2000,\"download\":7,\"uploadPerPeer\":0,\"downloadPerPeer\":30}";
        post(node, "node", "/api/limits", "{\"download\":7}").is(200, both);
        post(node, "node", "/api/limits", "{}").is(200, both);
        post(node, "node", "/api/limits", "{\"upload\":" + Long.MAX_VALUE + "}").is(400);
        assertEquals(both, World.api(node, "/api/limits"));
        String config = World.api(node, "/api/config");
        for (String part : List.of("\"max_upload_rate\":2000", "\"max_download_rate\":7",
                "\"max_upload_rate_per_peer\":0", "\"max_download_rate_per_peer\":30")) {
            assertTrue(config.contains(part), config);
        }
    }

    @Test
    @Tag("slow")
    void anotherPolicyIsThatOfWhatIsAskedForThen() throws Exception {
        World.Item item = world.item("servers", SIZE, true);
        Node node = world.plan("node").withAStoreOfItsOwn().start();
        assertThrows(IOException.class, () -> world.fetch("node", item));
        post(node, "node", "/api/policy", "{\"policy\":\"http-first\"}").is(200, "{\"policy\":\"http-first\"}");
        assertArrayEquals(item.nar(), world.fetch("node", item));
        assertTrue(World.api(node, "/api/status").contains("\"policy\":\"http-first\""));
        assertTrue(World.api(node, "/api/config").contains("\"substitute_policy\":\"http-first\""));
        World.await(node, "/api/builds", said -> said.contains("\"from\":\"servers\""));
        post(node, "node", "/api/policy", "{\"policy\":\"HTTP_FIRST\"}").is(400);
        // What daemons ask about is answered by it too.
        World.Item more = world.item("more", 1000, true);
        try (Restorer restorer = new Restorer(world.socket("node"), FromRestorer.Mode.QUERY)) {
            assertEquals(1, restorer.info(more.path()));
        }
        post(node, "node", "/api/policy", "{\"policy\":\"p2p-only\"}").is(200);
        try (Restorer restorer = new Restorer(world.socket("node"), FromRestorer.Mode.QUERY)) {
            assertEquals(0, restorer.info(more.path()));
        }
    }

    private static String address(PeerAddress address) {
        return "{\"address\":\"" + address + "\"}";
    }

    @Test
    void aPeerIsDialledAndWhatComesOfItIsSaid() throws Exception {
        Node other = world.plan("other").start();
        Node node = world.plan("node").start();
        PeerAddress there = World.address(other);
        post(node, "node", "/api/peers", address(there)).is(201, "\"peerId\":\"" + there.id(), "\"inbound\":false");
        World.awaitPeers(node, 1);
        World.awaitPeers(other, 1);
        post(node, "node", "/api/peers", address(there)).is(200, "\"peerId\":\"" + there.id());
        // Who dialled first does not matter.
        post(other, "other", "/api/peers", address(World.address(node))).is(200, "\"inbound\":true");

        post(node, "node", "/api/peers", address(World.address(node))).is(502, "this is the node itself");
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        Node third = world.plan("third").start();
        PeerAddress nobody = new PeerAddress(third.addresses().peer(), new HostAndPort("127.0.0.1", closed));
        for (int i = 0; i < 2; i++) {
            // At once again: there is no pause after what was in vain.
            post(node, "node", "/api/peers", address(nobody)).is(502, "Connection refused");
        }
        post(node, "node", "/api/peers", address(new PeerAddress(third.addresses().peer(), there.endpoint()))).is(502,
                "expected peer " + third.addresses().peer());
        post(node, "node", "/api/peers", address(new PeerAddress(third.addresses().peer(),
                new HostAndPort("host.invalid", 1)))).is(502, "no such host");
        post(node, "node", "/api/peers", "{\"address\":\"127.0.0.1:1\"}").is(400);
        World.awaitPeers(node, 1);
        post(node, "node", "/api/peers", address(World.address(third))).is(201);
        World.awaitPeers(node, 2);
    }

    private Node withOnePlace(String name) throws Exception {
        NodeConfig usual = world.config(name, SubstitutePolicy.P2P_FIRST, List.of(), List.of());
        return world.start(new NodeConfig(usual.substitutes(), usual.seeding(),
                new NodeConfig.Network(usual.network().listen(), List.of(), List.of(), 1), usual.transfers(),
                usual.files(), usual.bridge(), usual.api(), usual.logLevel()), Node.Stand.USUAL);
    }

    @Test
    void whereThereIsNoPlaceThatIsSaid() throws Exception {
        Node other = world.plan("other").start();
        Node third = world.plan("third").start();
        Node full = withOnePlace("full");
        post(full, "full", "/api/peers", address(World.address(other))).is(201);
        post(full, "full", "/api/peers", address(World.address(third))).is(502, "no room for another peer");
        // The other way round it is the peer that has none.
        post(third, "third", "/api/peers", address(World.address(full))).is(502, "it hung up at once");
        World.awaitPeers(full, 1);
        World.awaitPeers(third, 0);
    }

    @Test
    void whereNothingIsSharedPeersAreNotDialledNorAskedAlone() throws Exception {
        NodeConfig usual = world.config("node", SubstitutePolicy.P2P_FIRST, List.of(), List.of());
        Node other = world.plan("other").start();
        Node node = world.start(new NodeConfig(usual.substitutes(),
                new NodeConfig.Seeding(Share.OFF, List.of(), List.of(), AutoSeed.P2P), usual.network(),
                usual.transfers(), usual.files(), usual.bridge(), usual.api(), usual.logLevel()), Node.Stand.USUAL);
        post(node, "node", "/api/peers", address(World.address(other))).is(409, "share is off");
        post(node, "node", "/api/policy", "{\"policy\":\"p2p-only\"}").is(409, "share is off");
        assertTrue(World.api(node, "/api/status").contains("\"policy\":\"p2p-first\""));
        post(node, "node", "/api/policy", "{\"policy\":\"http-first\"}").is(200);
    }

    private static long transfer(Node node) {
        return (long) World.number(World.await(node, "/api/transfers", said -> said.contains("\"state\":\"blocks\"")),
                "id");
    }

    @Test
    void aDownloadThatIsCancelledHasFailedAndCanBeAskedForAgain() throws Exception {
        World.Item item = world.item("cancelled", SIZE, false);
        List<Holding> holding = new ArrayList<>();
        Node seeder = world.plan("seeder").seeding(item).giving(real -> {
            holding.add(new Holding(real, 1));
            return holding.getLast();
        }).start();
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().dialling(seeder).start();
        try (Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            long id = transfer(fetcher);
            post(fetcher, "fetcher", "/api/transfers/" + (id + 1) + "/cancel", "").is(404);
            post(fetcher, "fetcher", "/api/transfers/" + id + "/cancel", "").is(200, "\"state\":\"failed\"",
                    "\"failure\":\"cancelled by the user\"");
            IOException failure = assertThrows(IOException.class, restorer::rest);
            assertTrue(String.valueOf(failure.getMessage()).contains("cancelled by the user"), failure::toString);
            World.await(fetcher, "/api/events?filter=download-failed", said -> said.contains("cancelled by the user"));
            post(fetcher, "fetcher", "/api/transfers/" + id + "/cancel", "").is(409, "over already");
            assertTrue(World.api(fetcher, "/api/builds/" + item.path().baseName())
                    .contains("It was not fetched: cancelled by the user."));
        }
        holding.getLast().release();
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        long done = (long) World.number(World.await(fetcher, "/api/transfers", said -> said.contains("\"done\"")),
                "id");
        post(fetcher, "fetcher", "/api/transfers/" + done + "/cancel", "").is(409);
    }

    @Test
    void aLinkGivesATokenOfItsOwnThatEndsWithTheNode() throws Exception {
        Node node = world.plan("node").start();
        assertEquals("rw-------", PosixFilePermissions
                .toString(Files.getPosixFilePermissions(world.home("node").resolve("state/api-token"))));
        AtomicReference<String> link = new AtomicReference<>("");
        ControlClient.ask(ControlServer.beside(world.socket("node")), new ControlQuestion.Dashboard(),
                line -> link.set(line.getString("link")));
        String start = "http://" + node.addresses().api().orElseThrow() + "/#link=";
        assertTrue(link.get().startsWith(start), link::get);
        String code = "{\"code\":\"" + link.get().substring(start.length()) + "\"}";
        String given = send(node, "POST", "/api/session", "", code).is(200).body().replaceAll(".*:\"|\".*", "");
        assertNotEquals(token("node"), given);
        send(node, "POST", "/api/session", "", code).is(403);
        send(node, "POST", "/api/limits", given, "{}").is(200);
        // The next run has the same one in its file.
        String token = token("node");
        World.stop(node);
        Node again = world.plan("node").start();
        send(again, "POST", "/api/limits", token, "{}").is(200);
        send(again, "POST", "/api/limits", given, "{}").is(401);
    }
}
