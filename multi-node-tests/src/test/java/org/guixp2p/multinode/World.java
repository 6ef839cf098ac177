// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.PublicKeySource;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.control.LimitsRequest;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.persistence.reputation.ReputationStore;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.testing.Fixtures;
import org.slf4j.event.Level;

/**
 * A substitute server and nodes around it, with a real store of real items, and others made on the spot. Nodes keep their
 * files below a directory of their name, so that one of the same name goes on where the last one ended.
 */
final class World implements AutoCloseable {
    private final Path directory;
    private final SubstituteServer server = new SubstituteServer();
    private final List<Node> nodes = new ArrayList<>();

    /** An item with its NAR. */
    record Item(StorePath path, byte[] nar) {}

    World(Path directory) throws IOException {
        this.directory = directory;
    }

    SubstituteServer server() {
        return server;
    }

    Path home(String name) {
        return directory.resolve(name);
    }

    /** What a node has fetched and not brought to an end, or is fetching. */
    Path partial(String name) {
        return home(name).resolve("state/partial");
    }

    /** What is in a directory. */
    static List<Path> files(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path socket(String name) {
        return home(name).resolve("run/socket");
    }

    /** Below it stands the store that seeders read. */
    Path storeRoot() {
        return directory.resolve("root");
    }

    /** Unpacks the real items, once. */
    void unpackStore() throws IOException {
        Path store = storeRoot().resolve("gnu/store");
        if (!Files.exists(store)) {
            Fixtures.unpackStore(Files.createDirectories(store));
        }
    }

    /** An item too large for memory: its path, and the hash and manifest of its NAR. */
    record LargeItem(StorePath path, NarHash hash, Manifest manifest) {}

    /** An item in the store whose NAR has exactly so many bytes: zeros, but for the first bytes of each block. */
    LargeItem largeItem(String name, long bytes) throws IOException {
        long around = item(name + "-empty", 0, false).nar().length;
        StorePath path = path(name);
        Path tree = Files.createDirectories(storeRoot().resolve(path.path().substring(1)));
        try (RandomAccessFile file = new RandomAccessFile(tree.resolve("noise").toFile(), "rw")) {
            file.setLength(bytes - around);
            for (long at = 0; at < file.length() - Long.BYTES; at += BlockLayout.BLOCK_BYTES) {
                file.seek(at);
                file.writeLong(at);
            }
        }
        MessageDigest digest = Sha256.digest();
        ManifestBuilder manifest = new ManifestBuilder(new NarSize(bytes));
        TreeSerializer.write(tree, new DigestOutputStream(new OutputStream() {
            @Override
            public void write(int one) {
                write(new byte[]{(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] part, int from, int length) {
                manifest.update(part, from, length);
            }
        }, digest));
        NarHash hash = new NarHash(Sha256.finish(digest));
        server.publish(path, hash, bytes);
        return new LargeItem(path, hash, manifest.finish());
    }

    private static StorePath path(String name) {
        byte[] hash = Sha256.hash(name.getBytes(StandardCharsets.UTF_8)).bytes();
        return new StorePath(NixBase32.encode(Arrays.copyOf(hash, 20)) + "-" + name);
    }

    /** An item whose NAR has exactly so many bytes, a multiple of 8. */
    Item itemOfNarSize(String name, int bytes) throws IOException {
        int around = item(name + "-empty", 0, false).nar().length;
        return item(name, bytes - around, false);
    }

    /** An item of {@code size} random bytes in the store, and its signed narinfo on the server. */
    Item item(String name, int size, boolean narOnServer) throws IOException {
        StorePath path = path(name);
        Path tree = storeRoot().resolve(path.path().substring(1));
        Files.createDirectories(tree);
        byte[] noise = new byte[size];
        new Random(size).nextBytes(noise);
        Files.write(tree.resolve("noise"), noise);
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        TreeSerializer.write(tree, nar);
        server.publish(path, new NarHash(Sha256.hash(nar.toByteArray())), nar.size());
        if (narOnServer) {
            server.give(path, nar.toByteArray());
        }
        return new Item(path, nar.toByteArray());
    }

    Path acl(String name) throws IOException {
        return key("keys/acl", name);
    }

    Path publicKey(String name) throws IOException {
        return key("keys/publisher.pub", name);
    }

    private Path key(String key, String name) throws IOException {
        Path home = Files.createDirectories(home(name));
        Path there = home.resolve(Path.of(key).getFileName());
        return Files.exists(there) ? there : Fixtures.copy(key, home);
    }

    /** How a node of this name is to be. */
    NodePlan plan(String name) {
        return new NodePlan(this, name);
    }

    /** The settings of a node of this name, but for what a {@link NodePlan} says. */
    NodeConfig config(String name, SubstitutePolicy policy, List<StorePath> seeds, List<PeerAddress> peers)
            throws IOException {
        Path home = Files.createDirectories(home(name));
        return new NodeConfig(new NodeConfig.Substitutes(policy, List.of(server.url()), 1, acl(name)),
                new NodeConfig.Seeding(Share.LAN, List.of(new PublicKeySource.KeyFile(publicKey(name))), seeds,
                        AutoSeed.P2P),
                new NodeConfig.Network(List.of(new HostAndPort("127.0.0.1", 0)), List.of(), peers, 50),
                new NodeConfig.Transfers(Duration.ofSeconds(10), Duration.ofSeconds(10), 8, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(home.resolve("cache"), home.resolve("state"), storeRoot()),
                new NodeConfig.Bridge(socket(name), Optional.empty(), Fallback.NONE),
                Optional.of(new HostAndPort("127.0.0.1", 0)), Level.INFO);
    }

    Node start(NodeConfig config, Node.Stand stand) throws StartException {
        Node node = Node.start(config, NodeIdentity.generate(new SecureRandom()), stand);
        nodes.add(node);
        return node;
    }

    /** The item's NAR, as a helper of the daemon gets it from a node; an {@link IOException} with the node's reason if not. */
    byte[] fetch(String node, Item item) throws IOException {
        return Restorer.fetch(socket(node), item.path());
    }

    /** The same, while the test goes on. */
    CompletableFuture<byte[]> fetching(String node, Item item) {
        return meanwhile(() -> fetch(node, item));
    }

    /** The hash of the item's NAR, while the test goes on: for tests that get more than they could hold. */
    CompletableFuture<Sha256> hashing(String node, Item item) {
        return meanwhile(() -> Restorer.fetchHash(socket(node), item.path()));
    }

    /** A node gives no more than that from now on, as when its user says so. */
    void limitUpload(String node, ByteRate most) throws IOException {
        ControlClient.change(ControlServer.beside(socket(node)), new LimitsRequest(Optional.of(most), Optional.empty(),
                Optional.empty(), Optional.empty()), ControlClient.PATIENCE);
    }

    private static <T> CompletableFuture<T> meanwhile(Callable<T> task) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.ofVirtual().name("fetching").start(() -> {
            try {
                done.complete(task.call());
            } catch (Exception | AssertionError e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    /** What a node that has ended remembers of its peers. */
    Reputation remembered(String node) {
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "afterwards");
        try {
            return ReputationStore.open(system, home(node).resolve("state"), InstantSource.system(), new Random(1))
                    .reputation();
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
        }
    }

    // What nodes say of themselves.

    /** Waits until what a node's REST API says at {@code path} is as wanted; a busy node may not answer in time. */
    static String await(Node node, String path, Predicate<String> wanted) {
        AtomicReference<String> said = new AtomicReference<>();
        Await.until(() -> {
            try {
                said.set(api(node, path));
                return wanted.test(said.get());
            } catch (IOException e) {
                said.set(e.toString());
                return false;
            }
        }, () -> path + " of " + node.addresses().peer() + " still says " + said);
        return said.get();
    }

    /** The first number of this name in a JSON text, or 0. */
    static double number(String json, String name) {
        int at = json.indexOf('"' + name + "\":");
        return at < 0 ? 0 : Double.parseDouble(json.substring(at + name.length() + 3).split("[,}\\]]", 2)[0]);
    }

    /** What a peer gave to the first download in {@code transfers}, in bytes. */
    static long given(String transfers, Node peer) {
        int at = transfers.indexOf("\"name\":\"" + peer.addresses().peer());
        return at < 0 ? 0 : (long) number(transfers.substring(at), "bytes");
    }

    /** A user's profile with these, laid out as Guix does it. */
    void install(String user, World.Item... items) throws IOException {
        Path profile = Files.createDirectories(storeRoot().resolve("gnu/store/0-" + user + "-profile"));
        Files.writeString(profile.resolve("manifest"), Stream.of(items)
                .map(item -> "(\"" + item.path().name() + "\" \"1\" \"out\" \"" + item.path() + "\")")
                .collect(Collectors.joining("\n", "(manifest (version 4) (packages (", ")))")));
        Path place = Files.createDirectories(storeRoot().resolve("var/guix/profiles/per-user/" + user));
        Files.createSymbolicLink(place.resolve("guix-profile"), profile);
    }

    static void awaitOffered(Node node, int items) {
        await(node, "/api/seeds", said -> said.split("\"offered\"", -1).length - 1 >= items);
    }

    static void awaitPeers(Node node, int peers) {
        await(node, "/api/peers", said -> said.split("\"peerId\"", -1).length - 1 == peers);
    }

    static PeerAddress address(Node node) {
        return new PeerAddress(node.addresses().peer(), node.addresses().swarm().getFirst());
    }

    static String api(Node node, String path) throws IOException {
        URI uri = URI.create("http://" + node.addresses().api().orElseThrow() + path);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setRequestProperty("Connection", "close");
        try (InputStream answer = connection.getInputStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static void stop(Node node) {
        node.stop();
        node.whenEnded().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    /** A node whose clients have gone has no download left, and of interrupted ones what can be gone on with. */
    private static void assertIdle(Node node) {
        if (!node.whenEnded().toCompletableFuture().isDone()) {
            await(node, "/api/status", said -> said.contains("\"activeTransfers\":0"));
        }
    }

    @Override
    public void close() {
        server.openGates();
        try {
            nodes.forEach(World::assertIdle);
        } finally {
            server.close();
            nodes.forEach(Node::stop);
            nodes.forEach(World::stop);
        }
    }
}
