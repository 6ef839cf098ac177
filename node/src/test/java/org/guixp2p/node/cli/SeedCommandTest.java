// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.guixp2p.node.NodeRuntime;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.persistence.nar.Demand;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the user says of what is offered, with a node that runs. */
@Timeout(120)
class SeedCommandTest {
    private static final StorePath NAMED = new StorePath("0h4g6321gwygvwv47kr4bc8y0lf49fsy-named");
    private static final StorePath KEPT = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final StorePath SECRET = new StorePath("g0h46321gwygvwv47kr4bc8y0lf49fsy-secret");

    @TempDir
    private Path directory;

    private TestServer server;
    private SetUp setUp;
    @SuppressWarnings("NullAway.Init")
    private NodeRuntime.Running node;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.pages((path, connection) -> connection.answer(404, ""));
        setUp = setUp("mine");
    }

    private SetUp setUp(String name) throws IOException {
        SetUp made = new SetUp(Files.createDirectory(directory.resolve(name)));
        made.settings.put("substitute_urls", server.uri().toString());
        made.settings.put("store_root", directory.resolve(name).resolve("root").toString());
        made.settings.put("public_keys",
                Files.write(directory.resolve(name).resolve("key"), Fixtures.bytes("keys/publisher.pub")).toString());
        return made;
    }

    @AfterEach
    void stop() {
        setUp.close();
        server.close();
    }

    /** An item in the store of a node. */
    private Path item(String name, StorePath path) throws IOException {
        Path tree = Files.createDirectories(directory.resolve(name).resolve("root/gnu/store").resolve(path.baseName()));
        byte[] noise = new byte[300_000];
        new Random(path.hashCode()).nextBytes(noise);
        Files.write(tree.resolve("file"), noise);
        return tree;
    }

    private static NarHash hash(Path tree) throws IOException {
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        TreeSerializer.write(tree, nar);
        return new NarHash(Sha256.hash(nar.toByteArray()));
    }

    /** What an earlier run of the node kept. */
    private KeptNar keep(StorePath path, String key) throws IOException {
        byte[] nar = new byte[400_000];
        new Random(path.hashCode()).nextBytes(nar);
        NarHash hash = new NarHash(Sha256.hash(nar));
        NarSize size = new NarSize(nar.length);
        ManifestBuilder manifest = new ManifestBuilder(size);
        manifest.update(nar, 0, nar.length);
        NarinfoSigner signer = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/" + key + ".sec")), "test");
        NarStore nars = NarStore.open(state());
        try (PartialNar partial = nars.create(hash, size)) {
            partial.write(0, nar, 0, nar.length);
            return nars.keep(partial, hash, manifest.finish(),
                    signer.sign(new NarinfoDraft(path, hash, size, List.of(), Optional.empty()), List.of()).raw());
        }
    }

    private Path state() {
        return directory.resolve("mine/state");
    }

    private int seed(String... words) {
        return seed(setUp, words);
    }

    private static int seed(SetUp of, String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "seed";
        System.arraycopy(words, 0, all, 1, words.length);
        return run(of, all);
    }

    private static int run(SetUp of, String... words) {
        try {
            return of.run(words);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String out() {
        return setUp.commands.out();
    }

    private String err() {
        return setUp.commands.err();
    }

    private static List<? extends Config> json(SetUp of) {
        return ConfigFactory.parseString("{all:" + of.commands.out() + "}").getConfigList("all");
    }

    private List<? extends Config> json() {
        return json(setUp);
    }

    /** A node that has just started says that it does not know yet what the store has. */
    private Config listed(SetUp of, StorePath path) {
        Eventually.holds(() -> seed(of, "list", "--json") == 0, of.commands::err);
        return json(of).stream().map(Config.class::cast).filter(seed -> seed.getString("path").equals(path.path()))
                .findFirst()
                .orElse(ConfigFactory.empty());
    }

    private Config listed(StorePath path) {
        return listed(setUp, path);
    }

    private void awaitState(StorePath path, String state) {
        awaitState(setUp, path, state);
    }

    private void awaitState(SetUp of, StorePath path, String state) {
        Eventually.holds(() -> {
            Config seed = listed(of, path);
            return seed.hasPath("state") && seed.getString("state").equals(state);
        }, () -> state + " of " + path + " in " + of.commands.out());
    }

    private void restart() throws Exception {
        node.stop();
        Eventually.get(node.whenEnded());
        node = setUp.startNode();
    }

    @Test
    void anItemThatIsAddedIsOfferedAlsoAfterARestartUntilItIsRemoved() throws Exception {
        NarHash hash = hash(item("mine", NAMED));
        node = setUp.startNode();
        Eventually.holds(() -> seed("list") == 0, this::err);
        assertEquals("nothing is offered\n", out());
        assertEquals(0, seed("add", NAMED.path()), this::err);
        assertEquals(NAMED.path() + ": is offered once all of it was read\n", out());
        awaitState(NAMED, "offered");
        Config seed = listed(NAMED);
        assertEquals("manual", seed.getString("source"));
        assertEquals("named", seed.getString("public"), "no key has signed it");
        assertEquals(hash.toString(), seed.getString("nar"));
        assertTrue(seed.getLong("size") > 300_000, seed::toString);
        assertEquals(0, seed.getDouble("demand"));
        assertEquals(0, seed.getLong("served_bytes"));
        assertEquals(0, seed.getInt("others_by_inventories"));
        assertFalse(seed.hasPath("others_by_last_lookup"), "nobody has looked it up");
        server.awaitRequests(1);
        assertEquals(List.of("/" + NAMED.hashPart() + ".narinfo"), server.requests(), "as seed_paths does");
        restart();
        awaitState(NAMED, "offered");
        assertEquals(0, seed("add", "--json", NAMED.path() + "/"));
        assertFalse(json().getFirst().getBoolean("added"), "it was there");
        assertEquals(0, seed("remove", NAMED.path()), this::err);
        assertEquals(NAMED.path() + ": is offered no more (manual)\n", out());
        assertTrue(listed(NAMED).isEmpty());
        restart();
        assertTrue(listed(NAMED).isEmpty());
    }

    @Test
    void whatIsRemovedAsksForNothingMoreOfOthers() throws Exception {
        NarHash hash = hash(item("mine", NAMED));
        try (SetUp other = setUp("other")) {
            item("other", NAMED);
            other.settings.put("seed_paths", NAMED.path());
            NodeRuntime.Addresses peer = other.startNode().addresses();
            setUp.settings.put("bootstrap_peers", "guixp2p://" + peer.peer() + "@" + peer.swarm().getFirst());
            node = setUp.startNode();
            seed("add", NAMED.path());
            awaitState(NAMED, "offered");
            Eventually.holds(() -> listed(NAMED).getInt("others_by_inventories") == 1,
                    () -> "another one who has it in " + out());
            Eventually.holds(() -> run(other, "test-provider-lookup", hash.toString()) == 0,
                    () -> "a provider in " + other.commands.out());
            assertTrue(other.commands.out().contains(node.addresses().peer().toString()), other.commands::out);
            Eventually.holds(() -> listed(other, NAMED).hasPath("others_by_last_lookup"), () -> "what was found");
            assertEquals(1, listed(other, NAMED).getInt("others_by_last_lookup"));
            seed(other, "list");
            assertTrue(other.commands.out().contains(" 1/1 "), other.commands::out);
            assertEquals(0, seed("remove", hash.toString()), this::err);
            Eventually.holds(() -> run(other, "test-provider-lookup", hash.toString()) == 1,
                    () -> "nobody in " + other.commands.out());
        }
    }

    @Test
    void whatWasKeptIsListedWithWhatWasGivenAndGoesWhenItIsRemoved() throws Exception {
        KeptNar kept = keep(KEPT, "publisher");
        KeptNar secret = keep(SECRET, "second");
        Demand demand = Demand.open(state(), InstantSource.system());
        demand.given(kept.hash(), 800_000);
        demand.save();
        node = setUp.startNode();
        awaitState(KEPT, "offered");
        Config seed = listed(KEPT);
        assertEquals("downloaded", seed.getString("source"));
        assertEquals("signed", seed.getString("public"));
        assertEquals(400_000, seed.getLong("size"));
        assertEquals(800_000, seed.getLong("served_bytes"));
        assertEquals(2, seed.getDouble("demand"), 0.01);
        awaitState(SECRET, "private");
        assertEquals("no", listed(SECRET).getString("public"));
        assertEquals(0, seed("list"));
        assertTrue(out().contains("downloaded  offered    signed    390.6 KiB     2.00   781.3 KiB        0/-  "
                + KEPT.path()), out());
        assertEquals(0, seed("remove", "--json", secret.hash().base32(), KEPT.path()), this::err);
        assertEquals(List.of(SECRET.path(), KEPT.path()),
                json().stream().map(line -> line.getString("path")).toList());
        assertTrue(listed(KEPT).isEmpty());
        try (var files = Files.list(state().resolve("nars"))) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void whatTheStoreOffersIsKeptBackUntilItIsNamed() throws Exception {
        Path tree = item("mine", NAMED);
        Path other = item("mine", KEPT);
        setUp.settings.put("seed_store", "all");
        setUp.settings.put("never_seed_patterns", "secret");
        Path database = Files.createDirectories(directory.resolve("mine/root/var/guix/db")).resolve("db.sqlite");
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(database)) {
            daemon.register(NAMED, hash(tree), 300_000, 1);
            daemon.register(KEPT, hash(other), 300_000, 1);
        }
        node = setUp.startNode();
        Eventually.holds(() -> seed("list") == 0 && out().contains(NAMED.path()), this::err);
        Eventually.holds(() -> seed("remove", NAMED.path()) == 0, this::err);
        assertEquals(NAMED.path() + ": is offered no more (store)\n", out());
        for (StorePath none : List.of(NAMED, SECRET)) {
            assertEquals(1, seed("remove", none.path()));
            assertEquals("guix-p2p: " + none.path() + ": it is not among what this node offers\n", err());
        }
        assertEquals(0, seed("add", NAMED.path(), KEPT.path()), this::err);
        awaitState(NAMED, "offered");
        Eventually.holds(() -> listed(KEPT).getString("source").equals("manual"), this::out);
        awaitState(KEPT, "offered");
        NarHash nar = hash(other);
        assertEquals(0, seed("remove", nar.toString()), this::err);
        assertEquals(
                List.of(KEPT.path() + ": is offered no more (store)", KEPT.path() + ": is offered no more (manual)"),
                out().lines().toList());
        restart();
        Eventually.holds(() -> seed("list") == 0 && out().contains(NAMED.path()), this::err);
        assertFalse(out().contains(KEPT.path()), out());
        assertEquals(1, seed("verify", nar.toString()));
        assertEquals("guix-p2p: " + nar + ": it is not among what this node offers\n", err());
        assertEquals(1, seed("remove", nar.toString()));
        assertEquals("guix-p2p: " + nar
                + ": nothing of it is offered; what the store has of it is kept back from now on\n", err());
        Path elsewhere = Files.move(other, other.resolveSibling("elsewhere"));
        assertEquals(1, seed("add", KEPT.path()));
        assertEquals(Set.of(SECRET), new Exclusions(state()).known().paths());
        assertEquals(Set.of(nar), new Exclusions(state()).known().nars(), "it was not named");
        Files.move(elsewhere, other);
        assertEquals(0, seed("add", KEPT.path()), this::err);
        assertEquals(Set.of(), new Exclusions(state()).known().nars());
    }

    @Test
    void whatNobodyHasAskedForInTheStoreIsListedAndVerifiedToo() throws Exception {
        Path named = item("mine", NAMED);
        Path other = item("mine", SECRET);
        setUp.settings.put("seed_store", "all");
        Path database = Files.createDirectories(directory.resolve("mine/root/var/guix/db")).resolve("db.sqlite");
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(database)) {
            daemon.register(NAMED, hash(named), 300_000, 1);
            daemon.register(SECRET, hash(other), 300_000, 1);
        }
        node = setUp.startNode();
        Eventually.holds(() -> seed("list") == 0 && out().contains(SECRET.path()), this::err);
        assertTrue(out().lines().filter(line -> line.startsWith("store ")).count() == 2, out());
        seed("add", NAMED.path());
        awaitState(NAMED, "offered");
        assertEquals("manual", listed(NAMED).getString("source"));
        assertEquals("store", listed(SECRET).getString("source"));
        assertEquals(0, seed("verify"), this::err);
        assertEquals(List.of("ok    " + NAMED.path() + " (manual)", "ok    " + SECRET.path() + " (store)"),
                out().lines().toList());
        NarHash before = hash(other);
        byte[] content = Files.readAllBytes(other.resolve("file"));
        Files.writeString(other.resolve("file"), "something else");
        for (String which : List.of(SECRET.path(), SECRET.path(), before.toString())) {
            assertEquals(2, seed("verify", which));
            assertEquals(
                    "wrong " + SECRET.path() + " (store): its NAR has the hash " + hash(other) + " instead of " + before
                            + "\n",
                    out());
            Eventually.holds(() -> listed(SECRET).isEmpty(), this::out);
        }
        // As guix gc --verify=contents,repair leaves it: registered as before.
        Files.write(other.resolve("file"), content);
        assertEquals(0, seed("verify", before.toString()), this::err);
        assertEquals("ok    " + SECRET.path() + " (store)\n", out());
        awaitState(SECRET, "offered");
    }

    /** As it passes, and nobody asks for it: it is the user's own, and no server or database knows of it. */
    @Test
    @Tag("slow")
    void whatIsCollectedIsWithdrawnWithinAMinuteAndOfferedAgainWhenItIsBack() throws Exception {
        Path named = item("mine", NAMED);
        setUp.settings.put("seed_store", "off");
        node = setUp.startNode();
        assertEquals(0, seed("add", NAMED.path()), this::err);
        awaitState(NAMED, "offered");
        String nar = listed(NAMED).getString("nar");
        Path away = Files.move(named, directory.resolve("away"));
        awaitWithinAMinute("withdrawn: " + named + " is not there any more");
        Files.move(away, named);
        awaitWithinAMinute("offered");
        assertEquals(nar, listed(NAMED).getString("nar"));
    }

    private void awaitWithinAMinute(String state) {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!listed(NAMED).getString("state").equals(state)) {
            assertTrue(System.nanoTime() < until, () -> state + " in " + out());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    @Test
    void withoutADatabaseWhatIsNamedIsAllThatTheStoreOffers() throws Exception {
        item("mine", NAMED);
        item("mine", SECRET);
        setUp.settings.put("seed_store", "all");
        setUp.settings.put("never_seed_patterns", "secret");
        node = setUp.startNode();
        Eventually.holds(() -> seed("remove", NAMED.path()) == 1 && err().contains("it is not among"), this::err);
        for (StorePath none : List.of(SECRET, KEPT)) {
            assertEquals(1, seed("remove", none.path()));
            assertEquals("guix-p2p: " + none.path() + ": it is not among what this node offers\n", err());
        }
        seed("add", NAMED.path(), SECRET.path());
        awaitState(NAMED, "offered");
        assertEquals(0, seed("remove", NAMED.path(), SECRET.path()), this::err);
        assertEquals(
                List.of(NAMED.path() + ": is offered no more (manual)",
                        SECRET.path() + ": is offered no more (manual)"),
                out().lines().toList());
    }

    @Test
    void whatIsMoreThanMayBeKeptGoesAtTheStart() throws Exception {
        KeptNar kept = keep(KEPT, "publisher");
        keep(SECRET, "publisher");
        Demand demand = Demand.open(state(), InstantSource.system());
        demand.given(kept.hash(), 1);
        demand.save();
        setUp.settings.put("seed_quota", "500K");
        node = setUp.startNode();
        Eventually.holds(() -> listed(SECRET).isEmpty() && !listed(KEPT).isEmpty(), () -> "one of them in " + out());
        awaitState(KEPT, "offered");
    }

    @Test
    void whatIsReadAnewIsRightOrIsWithdrawn() throws Exception {
        Path tree = item("mine", NAMED);
        KeptNar kept = keep(KEPT, "publisher");
        node = setUp.startNode();
        seed("add", NAMED.path());
        awaitState(NAMED, "offered");
        awaitState(KEPT, "offered");
        assertEquals(0, seed("verify"), this::err);
        assertEquals(List.of("ok    " + NAMED.path() + " (manual)", "ok    " + KEPT.path() + " (downloaded)"),
                out().lines().toList());
        NarHash before = hash(tree);
        Files.writeString(tree.resolve("file"), "something else");
        assertEquals(2, seed("verify", NAMED.path()));
        assertEquals("wrong " + NAMED.path() + " (manual): its NAR has the hash " + hash(tree) + " instead of " + before
                + "\n", out());
        assertTrue(listed(NAMED).getString("state").startsWith("withdrawn: "), out());
        byte[] nar = Files.readAllBytes(kept.file());
        nar[300_000] ^= 1;
        Files.write(kept.file(), nar);
        assertEquals(2, seed("verify", "--json", kept.hash().toString()));
        assertFalse(json().getFirst().getBoolean("ok"));
        assertTrue(json().getFirst().getString("wrong").startsWith("it has the hash "), out());
        Eventually.holds(() -> !Files.exists(kept.file()), () -> "a damaged NAR to go");
        Files.delete(tree.resolve("file"));
        Files.delete(tree);
        assertEquals(2, seed("verify"));
        assertTrue(out().startsWith("wrong " + NAMED.path() + " (manual): " + tree), out());
        setUp.commands.at(new Terminal(Optional.empty(), true));
        assertEquals(2, seed("verify"));
        assertTrue(out().startsWith("\u001b[31mwrong \u001b[0m"), out());
    }

    @Test
    void whatCannotBeIsSaidClearly() throws Exception {
        item("mine", NAMED);
        node = setUp.startNode();
        assertEquals(1, seed("add", KEPT.path(), NAMED.path()));
        assertEquals("guix-p2p: " + KEPT.path() + ": no such path: " + directory.resolve("mine/root") + KEPT.path()
                + "\n", err());
        assertEquals(NAMED.path() + ": is offered once all of it was read\n", out(), "the other one is added");
        for (String none : List.of("/etc/passwd", NAMED.path() + "/file", "hello", "/gnu/store/" + "short")) {
            assertEquals(2, seed("add", none), none);
            assertEquals(1, err().lines().count(), this::err);
            assertTrue(err().contains("store item") || err().contains("store path"), this::err);
        }
        assertEquals(2, seed("add"));
        assertEquals(2, seed("verify", "sha256:x"));
        for (String command : List.of("remove", "verify")) {
            assertEquals(1, seed(command, KEPT.path()));
            assertEquals("guix-p2p: " + KEPT.path() + ": it is not among what this node offers\n", err());
        }
        assertTrue(listed(KEPT).isEmpty(), "what is refused is not remembered");
    }

    @Test
    void whatTheSettingsNameComesBack() throws Exception {
        item("mine", NAMED);
        setUp.settings.put("seed_paths", NAMED.path());
        node = setUp.startNode();
        awaitState(NAMED, "offered");
        assertEquals(0, seed("remove", NAMED.path()));
        assertTrue(out().endsWith("; it stands in seed_paths, and the next start offers it again\n"), out());
    }

    @Test
    void withoutANodeThereIsNobodyToTell() throws Exception {
        for (List<String> words : List.of(List.of("list"), List.of("add", NAMED.path()),
                List.of("remove", NAMED.path()),
                List.of("verify"))) {
            assertEquals(1, seed(words.toArray(String[]::new)));
            assertTrue(err().startsWith("guix-p2p: no node answers at "), this::err);
            assertEquals("", out());
        }
    }
}
