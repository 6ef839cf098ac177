// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.PublicKeySource;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

/** Whole nodes with a real store, real signatures and real sockets: what a restorer gets is what Guix once built. */
class SubstituteTest {
    private static final StorePath MIXED = new StorePath("f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0");
    private static final StorePath HELLO = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    @TempDir
    private Path directory;

    private final List<Node> nodes = new ArrayList<>();
    private HttpServer server;

    @BeforeEach
    void serveNarinfos() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String name = exchange.getRequestURI().getPath().substring(1);
            boolean known = Fixtures.list("narinfo").contains("narinfo/" + name);
            byte[] body = known ? Fixtures.bytes("narinfo/" + name) : new byte[0];
            exchange.sendResponseHeaders(known ? 200 : 404, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop(0);
        nodes.forEach(Node::stop);
        for (Node node : nodes) {
            node.whenEnded().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }

    private Node node(String name, List<StorePath> seeds, List<PeerAddress> peers) throws IOException, StartException {
        Path home = Files.createDirectories(directory.resolve(name));
        Path acl = key("keys/acl", home);
        Path publisher = key("keys/publisher.pub", home);
        NodeConfig config = new NodeConfig(
                new NodeConfig.Substitutes(SubstitutePolicy.P2P_ONLY,
                        List.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())), 1, acl),
                new NodeConfig.Seeding(Share.LAN, List.of(new PublicKeySource.KeyFile(publisher)), seeds, AutoSeed.P2P),
                new NodeConfig.Network(List.of(new HostAndPort("127.0.0.1", 0)), List.of(), peers, 50),
                new NodeConfig.Transfers(Duration.ofSeconds(10), Duration.ofSeconds(10), 8, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(home.resolve("cache"), home.resolve("state"), directory.resolve("root")),
                new NodeConfig.Bridge(home.resolve("run/socket"), Optional.empty(), Fallback.NONE),
                Optional.of(new HostAndPort("127.0.0.1", 0)), Level.INFO);
        Node node = Node.start(config, NodeIdentity.generate(new SecureRandom()));
        nodes.add(node);
        return node;
    }

    private static Path key(String name, Path home) {
        Path there = home.resolve(Path.of(name).getFileName());
        return Files.exists(there) ? there : Fixtures.copy(name, home);
    }

    private Node seeder(String name) throws IOException, StartException {
        Path store = directory.resolve("root/gnu/store");
        if (!Files.exists(store)) {
            Fixtures.unpackStore(Files.createDirectories(store));
        }
        return node(name, List.of(MIXED, HELLO), List.of());
    }

    private static PeerAddress address(Node node) {
        return new PeerAddress(node.addresses().peer(), node.addresses().swarm().getFirst());
    }

    private SocketChannel connect(String name, FromRestorer.Mode mode) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve(name + "/run/socket")));
        FrameEncoder.write(new FromRestorer.Hello(BridgeMessage.VERSION, mode, null, "print-extended-build-trace=1\n"),
                channel);
        return channel;
    }

    private static String api(Node node, String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client
                    .send(HttpRequest.newBuilder(URI.create("http://" + node.addresses().api().orElseThrow() + path))
                            .build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private byte[] substitute(String name, StorePath path, StringBuilder traces) throws IOException {
        try (SocketChannel channel = connect(name, FromRestorer.Mode.SUBSTITUTE)) {
            FrameEncoder.write(new FromRestorer.Command("substitute " + path + " " + path), channel);
            FrameDecoder<FromNode> frames = FrameDecoder.ofNode();
            ByteArrayOutputStream nar = new ByteArrayOutputStream();
            assertInstanceOf(FromNode.Welcome.class, frames.read(channel));
            while (true) {
                FromNode frame = frames.read(channel);
                assertNotNull(frame, "the node hung up");
                switch (frame) {
                    case FromNode.Nar piece -> {
                        byte[] bytes = new byte[piece.bytes().remaining()];
                        piece.bytes().duplicate().get(bytes);
                        nar.writeBytes(bytes);
                    }
                    case FromNode.Trace trace ->
                        traces.append(StandardCharsets.UTF_8.decode(trace.bytes().duplicate()));
                    case FromNode.Restart _ -> nar.reset();
                    case FromNode.NarEnd _ -> {
                        return nar.toByteArray();
                    }
                    case FromNode.NotFound(String reason) -> throw new IOException(reason);
                    case FromNode.Narinfo _,FromNode.Alive _,FromNode.Welcome _,FromNode.Paths _,FromNode.End _,FromNode.Refused _ ->
                        traces.append("");
                }
            }
        }
    }

    @Test
    void anItemGoesFromPeerToPeerAndOnFromTheOneWhoFetchedIt() throws Exception {
        NarHash expected = Narinfo.parse(Fixtures.bytes("narinfo/" + MIXED.hashPart() + ".narinfo")).narHash();
        Node first = seeder("first");
        node("second", List.of(), List.of(address(first), address(seeder("other"))));
        StringBuilder traces = new StringBuilder();
        byte[] nar = substitute("second", MIXED, traces);
        assertEquals(expected, new NarHash(Sha256.hash(nar)));
        assertTrue(traces.toString().startsWith("@ download-started " + MIXED + " guixp2p://"), traces.toString());
        assertTrue(traces.toString().contains("@ download-succeeded " + MIXED), traces.toString());
        assertTrue(api(nodes.getFirst(), "/api/seeds").contains(MIXED.path()));

        node("third", List.of(), List.of(address(nodes.get(2))));
        assertArrayEquals(nar, substitute("third", MIXED, new StringBuilder()));
    }

    @Test
    void queriesAreAnsweredWithNarinfosThatVerify() throws Exception {
        node("alone", List.of(), List.of());
        try (SocketChannel channel = connect("alone", FromRestorer.Mode.QUERY)) {
            FrameDecoder<FromNode> frames = FrameDecoder.ofNode();
            assertInstanceOf(FromNode.Welcome.class, frames.read(channel));
            FrameEncoder.write(new FromRestorer.Command("have " + HELLO + " /gnu/store/"
                    + "0000000000000000000000000000000a-nope-1 "), channel);
            assertEquals(new FromNode.Paths(List.of(HELLO)), frames.read(channel));
            assertInstanceOf(FromNode.End.class, frames.read(channel));
            FrameEncoder.write(new FromRestorer.Command("info " + MIXED + " "), channel);
            FromNode.Narinfo narinfo = assertInstanceOf(FromNode.Narinfo.class, frames.read(channel));
            byte[] bytes = new byte[narinfo.text().remaining()];
            narinfo.text().duplicate().get(bytes);
            assertEquals(MIXED, Narinfo.parse(bytes).path());
            assertInstanceOf(FromNode.End.class, frames.read(channel));
        }
    }

    @Test
    void aSecondNodeIsKeptOutOfTheSameState() throws Exception {
        node("alone", List.of(), List.of());
        StartException refused = assertThrows(StartException.class,
                () -> node("alone", List.of(), List.of()));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("state_dir: another node uses "),
                refused.toString());
    }
}
