// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.PublicKeySource;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.download.DownloadContext;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.PublicKey;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.slf4j.event.Level;

/** A substitute server with what a real {@code guix publish} said, and a node with a gateway that asks it. */
final class GatewaySite implements AutoCloseable {
    private final Path directory;
    private final Map<String, TestServer.Page> pages = new ConcurrentHashMap<>();
    private final TestServer server;
    private final Node node;

    /** An item that a test makes. */
    record Made(StorePath path, byte[] nar) {
        String narinfo() {
            return "/" + path.hashPart() + ".narinfo";
        }

        /** Where the gateway has it. */
        String url() {
            return "/nar/" + path.baseName();
        }
    }

    GatewaySite(Path directory) throws IOException, StartException {
        this(directory, GatewaySettings.USUAL, AutoSeed.ALL);
    }

    GatewaySite(Path directory, GatewaySettings settings, AutoSeed kept) throws IOException, StartException {
        this(directory, settings, kept, InstantSource.system());
    }

    /** @param address where the gateway listens */
    GatewaySite(Path directory, HostAndPort address) throws IOException, StartException {
        this(directory, GatewaySettings.USUAL, AutoSeed.OFF, InstantSource.system(), address);
    }

    GatewaySite(Path directory, GatewaySettings settings, AutoSeed kept, InstantSource clock)
            throws IOException, StartException {
        this(directory, settings, kept, clock, new HostAndPort("127.0.0.1", 0));
    }

    private GatewaySite(Path directory, GatewaySettings settings, AutoSeed kept, InstantSource clock,
            HostAndPort address) throws IOException, StartException {
        this.directory = directory;
        for (FixtureItems.Item item : FixtureItems.all()) {
            pages.put("/" + item.path().hashPart() + ".narinfo", (path, connection) -> connection.answer(200,
                    Fixtures.bytes("narinfo/" + item.path().hashPart() + ".narinfo")));
            byte[] nar = TestNars.compressed(item, Compression.ZSTD);
            pages.put("/nar/zstd/" + item.path().baseName(), (path, connection) -> connection.answer(200, nar));
        }
        this.server = TestServer.pages((path, connection) -> pages
                .getOrDefault(path, (p, c) -> c.answer(404, "nothing")).answer(path, connection));
        try {
            this.node = Node.start(config(server.uri(), kept, address), NodeIdentity.generate(new SecureRandom()),
                    new Node.Stand(offers -> offers, clock, DownloadContext.READ_AHEAD, settings));
        } catch (StartException e) {
            server.close();
            throw e;
        }
    }

    private NodeConfig config(URI url, AutoSeed kept, HostAndPort gateway) throws IOException {
        // The user trusts both; only what one of them signs is public.
        Path acl = Files.write(directory.resolve("acl"), Acl.of(List.of(
                PublicKey.parse(Fixtures.bytes("keys/publisher.pub")),
                PublicKey.parse(Fixtures.bytes("keys/second.pub"))))
                .encoded());
        Path key = Fixtures.copy("keys/publisher.pub", directory);
        return new NodeConfig(
                new NodeConfig.Substitutes(SubstitutePolicy.P2P_FIRST, List.of(url), 1, acl),
                new NodeConfig.Seeding(Share.LAN, List.of(new PublicKeySource.KeyFile(key)), List.of(), kept),
                new NodeConfig.Network(List.of(new HostAndPort("127.0.0.1", 0)), List.of(), List.of(), false, 50, 10,
                        false, new NodeConfig.Dht(DhtMode.OFF, List.of(), 1)),
                new NodeConfig.Transfers(Duration.ofSeconds(60), Duration.ofSeconds(60), 8, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(directory.resolve("cache"), directory.resolve("state"), directory),
                new NodeConfig.Bridge(directory.resolve("socket"), Optional.empty(), Fallback.NONE),
                Optional.of(new HostAndPort("127.0.0.1", 0)), Optional.of(gateway), Level.INFO);
    }

    TestServer server() {
        return server;
    }

    HostAndPort address() {
        return node.addresses().gateway().orElseThrow();
    }

    HostAndPort api() {
        return node.addresses().api().orElseThrow();
    }

    /** How often the server was asked for a path. */
    long asked(String path) {
        return server.requests().stream().filter(path::equals).count();
    }

    void page(String path, TestServer.Page page) {
        pages.put(path, page);
    }

    /** An item of random bytes, whose narinfo the server has. */
    Made item(String name, int bytes) throws IOException {
        return item(name, bytes, "publisher");
    }

    /** @param key who has signed it */
    Made item(String name, int bytes, String key) throws IOException {
        return item(name, bytes, key, bytes);
    }

    /**
     * Takes the place of an earlier one of that name.
     *
     * @param seed of its bytes
     */
    Made item(String name, int bytes, String key, long seed) throws IOException {
        Path tree = Files.createDirectories(directory.resolve("trees").resolve(name));
        byte[] noise = new byte[bytes];
        new Random(seed).nextBytes(noise);
        Files.write(tree.resolve("noise"), noise);
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        TreeSerializer.write(tree, nar);
        byte[] hash = Sha256.hash(name.getBytes(StandardCharsets.UTF_8)).bytes();
        Made made = new Made(new StorePath(NixBase32.encode(Arrays.copyOf(hash, 20)) + "-" + name), nar.toByteArray());
        byte[] narinfo = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/" + key + ".sec")), "test").sign(
                new NarinfoDraft(made.path(), new NarHash(Sha256.hash(made.nar())), new NarSize(made.nar().length),
                        List.of(), Optional.empty()),
                List.of(new NarSource(new NarUrl("nar/" + name), "none", Optional.empty()))).raw();
        page(made.narinfo(), (path, connection) -> connection.answer(200, narinfo));
        page("/nar/" + name, (path, connection) -> connection.answer(200, made.nar()));
        return made;
    }

    @Override
    public void close() {
        node.stop();
        node.whenEnded().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
        server.close();
    }
}
