// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;

/** A store with its database, which a daemon has open, and a server that has published some of it. */
final class TestStore implements AutoCloseable {
    final TestServer server;
    private final Path root;
    private final StoreDatabaseWriter daemon;
    private final Map<String, byte[]> published = new ConcurrentHashMap<>();
    private final NarinfoSigner publisher;
    private volatile boolean down;
    private long clock = 1_000;

    /** An item with a tree. */
    record Item(StorePath path, Path tree, byte[] nar) {
        NarHash hash() {
            return new NarHash(Sha256.hash(nar));
        }
    }

    TestStore(Path root) throws IOException, SQLException {
        this.root = root;
        this.publisher = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/publisher.sec")), "test");
        Files.createDirectories(root.resolve("gnu/store"));
        this.daemon = new StoreDatabaseWriter(
                Files.createDirectories(root.resolve("var/guix/db")).resolve("db.sqlite"));
        this.server = TestServer.pages((path, connection) -> {
            byte[] narinfo = published.get(path);
            if (down) {
                connection.answer(503, "");
            } else if (narinfo == null) {
                connection.answer(404, "");
            } else {
                connection.answer(200, narinfo);
            }
        });
    }

    static StorePath path(String name) {
        return new StorePath(
                Sha256.hash(name.getBytes(UTF_8)).base32().substring(0, StorePath.HASH_LENGTH) + "-" + name);
    }

    static byte[] nar(Path tree) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(tree, out);
        return out.toByteArray();
    }

    /** Builds an item, whose content hangs on {@code seed}, and registers it. */
    Item build(String name, int size, long seed) throws IOException, SQLException {
        Item item = place(name, size, seed);
        daemon.register(item.path(), item.hash(), item.nar().length, clock++);
        return item;
    }

    /** The same, but the database says that the NAR is larger: it takes no hour to have a large one. */
    Item buildAsLarge(String name, long narSize, long seed) throws IOException, SQLException {
        Item item = place(name, 1_000, seed);
        daemon.register(item.path(), item.hash(), narSize, clock++);
        return item;
    }

    private Item place(String name, int size, long seed) throws IOException {
        StorePath path = path(name);
        Path tree = Files.createDirectories(root.resolve(path.path().substring(1)));
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        Files.write(tree.resolve("file"), content);
        return new Item(path, tree, nar(tree));
    }

    /** Has the server say that this is what it built. */
    void publish(Item item) throws IOException {
        NarinfoDraft draft = new NarinfoDraft(item.path(), item.hash(), new NarSize(item.nar().length), List.of(),
                Optional.empty());
        published.put("/" + item.path().hashPart() + ".narinfo", publisher.sign(draft, List.of()).raw());
    }

    /** As {@code guix gc} does: first the registration goes, then the tree. */
    void collect(Item item) throws IOException, SQLException {
        daemon.invalidate(item.path());
        TreeDeleter.delete(item.tree());
    }

    /** Of no use for a while. */
    void serverIsDown(boolean value) {
        down = value;
    }

    /** Whether the server was asked about an item. */
    long askedAbout(StorePath path) {
        return server.requests().stream().filter(request -> request.contains(path.hashPart())).count();
    }

    @Override
    public void close() throws SQLException {
        server.close();
        daemon.close();
    }
}
