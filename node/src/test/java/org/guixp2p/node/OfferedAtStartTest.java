// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SeedQuota;
import org.guixp2p.node.config.SeedStore;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.metadata.MetadataSite;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.node.testing.TestShelf;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of an earlier run is offered again, and what becomes of the rest: on a real disk. */
class OfferedAtStartTest {
    private static final StorePath KEPT = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final StorePath NAMED = new StorePath("0h4g6321gwygvwv47kr4bc8y0lf49fsy-named");

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<Seeds.Command> seeds = kit.createTestProbe();
    private final List<Runnable> background = new ArrayList<>();
    private MetadataSite site;
    private NarStore nars;
    private KeptNar kept;
    private OfferedAtStart offered;

    @BeforeEach
    void start() throws IOException {
        site = new MetadataSite(kit, directory,
                TestSettings.of(Duration.ofSeconds(20), Duration.ofSeconds(20), 4, 64, 1), "publisher");
        nars = NarStore.open(directory);
        kept = keep("publisher");
        offered = offered(new KeptBack(NodeConfig.Store.NOTHING, Optional.empty()));
    }

    private OfferedAtStart offered(KeptBack keptBack) throws IOException {
        return new OfferedAtStart(StoreSeeds.open(directory), nars, site.metadata, seeds.ref(),
                TestShelf.unbounded(directory), keptBack);
    }

    /** @param key whose signature the narinfo has */
    private KeptNar keep(String key) throws IOException {
        byte[] nar = new byte[1000];
        NarHash hash = new NarHash(Sha256.hash(nar));
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        Manifest manifest = builder.finish();
        NarinfoSigner signer = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/" + key + ".sec")), "test");
        byte[] narinfo = signer.sign(new NarinfoDraft(KEPT, hash, new NarSize(nar.length), List.of(),
                Optional.empty()), List.of()).raw();
        try (PartialNar partial = nars.create(hash, new NarSize(nar.length))) {
            partial.write(0, nar, 0, nar.length);
            return nars.keep(partial, hash, manifest, narinfo);
        }
    }

    @AfterEach
    void close() {
        site.close();
        kit.shutdownTestKit();
    }

    private Path beside(String ending) {
        return kept.file().resolveSibling(kept.file().getFileName().toString().replace(".nar", ending));
    }

    private String begun(String said) throws Exception {
        try (LogLines log = new LogLines()) {
            offered.begin(List.of(), background::add);
            background.removeFirst().run();
            return log.await(said);
        }
    }

    /** What kept NARs are told of at the next start. */
    private Seeds.AddKeptEarlier earlier() throws IOException {
        offered.begin(List.of(), background::add);
        assertEquals(new Seeds.AddStoreItems(List.of(), false), seeds.receiveMessage());
        background.removeFirst().run();
        return (Seeds.AddKeptEarlier) seeds.receiveMessage();
    }

    private Optional<Seeds.AddKept> look() throws IOException {
        Seeds.AddKeptEarlier told = earlier();
        assertEquals(List.of(new Seeds.Unproven(KEPT, kept)), told.nars());
        return told.prover().look(kept);
    }

    private void assertGone() throws IOException {
        assertEquals(List.of(), nars.list());
        assertFalse(Files.exists(beside(".narinfo")));
        assertFalse(Files.exists(beside(".manifest")));
    }

    /** To hash what the user named may take hours, one after another on the same thread. */
    @Test
    void keptNarsAreOfferedBeforeWhatIsYetToBeHashed() throws IOException {
        offered.begin(List.of(NAMED), task -> {
            seeds.expectNoMessage(Duration.ZERO);
            background.add(task);
        });
        assertEquals(new Seeds.AddStoreItems(List.of(NAMED), false), seeds.receiveMessage());
        background.removeFirst().run();
        Seeds.AddKeptEarlier told = (Seeds.AddKeptEarlier) seeds.receiveMessage();
        assertEquals(List.of(new Seeds.Unproven(KEPT, kept)), told.nars());
        assertEquals(List.of(), background);
    }

    @Test
    void whatAPublicKeyHasSignedMayBeGiven() throws IOException {
        assertEquals(Optional.of(new Seeds.AddKept(KEPT, kept, kept.manifest().root())), look());
    }

    private static NodeConfig.Seeding seeding(Share share, NamePattern... never) {
        return new NodeConfig.Seeding(share, List.of(), List.of(), AutoSeed.P2P, SeedQuota.USUAL,
                new NodeConfig.Store(SeedStore.OFF, List.of(), List.of(never)));
    }

    @Test
    void serversAreAskedForWhatTheUserNamedUnlessNothingIsSharedOrItsNameIsKeptBack() throws IOException {
        offered.begin(List.of(NAMED), background::add);
        try (TestServer server = TestServer.pages((path, connection) -> connection.answer(404, ""))) {
            NamePattern pattern = NamePattern.parse(NAMED.name());
            for (NodeConfig.Seeding silent : List.of(seeding(Share.OFF), seeding(Share.LAN, pattern))) {
                Eventually.get(offered.lookUp(silent, List.of(server.uri())));
                assertEquals(List.of(), server.requests());
            }
            Eventually.get(offered.lookUp(seeding(Share.LAN), List.of(server.uri())));
            assertEquals(List.of("/" + NAMED.hashPart() + ".narinfo"), server.requests());
        }
    }

    /** The gate: what is trusted at home need not be public. */
    @Test
    void whatNoPublicKeyHasSignedIsKeptAndNotGiven() throws IOException {
        kept = keep("second");
        assertEquals(Optional.empty(), look());
        assertTrue(Files.exists(kept.file()));
    }

    @Test
    void whatTheUserKeepsBackIsKeptAndNotGiven() throws IOException {
        offered = offered(new KeptBack(seeding(Share.LAN, new NamePattern("hello-*")).store(), Optional.empty()));
        assertEquals(Optional.empty(), look());
        assertTrue(Files.exists(kept.file()), "it is given again when the name is not kept back any more");
        try (Exclusions taken = new Exclusions(directory)) {
            taken.exclude(KEPT);
            offered = offered(new KeptBack(NodeConfig.Store.NOTHING, Optional.of(taken)));
            assertEquals(Optional.empty(), offered.prove(kept));
            taken.include(KEPT, Optional.empty());
            assertTrue(offered.prove(kept).isPresent());
        }
        Files.writeString(directory.resolve("store-excluded"), "nothing of use");
        try (Exclusions taken = new Exclusions(directory)) {
            offered = offered(new KeptBack(NodeConfig.Store.NOTHING, Optional.of(taken)));
            assertThrows(IOException.class, () -> offered.prove(kept), "it may be known later");
        }
        assertTrue(Files.exists(kept.file()));
    }

    /** Nothing that was seen at the start is believed when somebody asks. */
    @Test
    void whatChangesAfterTheStartIsNotGiven() throws IOException {
        Seeds.AddKeptEarlier told = earlier();
        Path narinfo = beside(".narinfo");
        String text = Files.readString(narinfo);
        Files.writeString(narinfo, text.substring(0, text.indexOf("Signature:")));
        assertEquals(Optional.empty(), told.prover().look(kept));
        Files.writeString(narinfo, text.replace("hello-2.12.1", "hello-2.12.2"));
        assertEquals(Optional.empty(), told.prover().look(kept));
        assertTrue(Files.exists(kept.file()), "it may be given at home");
        Files.writeString(narinfo, text);
        assertEquals(Optional.of(new Seeds.AddKept(KEPT, kept, kept.manifest().root())), told.prover().look(kept));
    }

    /** Too many open files, say, or a disk that does not answer: what is whole must not be lost by that. */
    @Test
    void whatCannotBeReadForAWhileStays() throws Exception {
        Seeds.AddKeptEarlier told = earlier();
        Path narinfo = beside(".narinfo");
        byte[] content = Files.readAllBytes(narinfo);
        Files.delete(narinfo);
        Files.createDirectory(narinfo);
        assertThrows(IOException.class, () -> told.prover().look(kept));
        begun("kept NAR " + kept.hash().base32() + " is not offered: ");
        assertTrue(Files.exists(kept.file()));
        Files.delete(narinfo);
        Files.write(narinfo, content);
        assertEquals(Optional.of(new Seeds.AddKept(KEPT, kept, kept.manifest().root())), told.prover().look(kept));
    }

    @Test
    void whatIsDamagedOrNotWholeGoes() throws Exception {
        Files.writeString(beside(".narinfo"), "StorePath: x");
        begun("kept NAR " + kept.hash().base32() + " is removed: ");
        assertGone();
        seeds.receiveMessage();
        seeds.receiveMessage();
        kept = keep("publisher");
        Seeds.AddKeptEarlier told = earlier();
        Files.delete(beside(".manifest"));
        assertEquals(Optional.empty(), told.prover().look(kept));
        assertGone();
        kept = keep("publisher");
        Files.write(kept.file(), new byte[10]);
        kept = nars.find(kept.hash()).orElseThrow();
        assertEquals(Optional.empty(), look());
        assertGone();
    }
}
