// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import org.guixp2p.node.metadata.MetadataSite;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.node.testing.TestSettings;
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
        keep();
        offered = new OfferedAtStart(StoreSeeds.open(directory), nars, site.metadata, seeds.ref());
    }

    private void keep() throws IOException {
        byte[] nar = new byte[1000];
        NarHash hash = new NarHash(Sha256.hash(nar));
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        Manifest manifest = builder.finish();
        NarinfoSigner signer = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/publisher.sec")), "test");
        byte[] narinfo = signer.sign(new NarinfoDraft(KEPT, hash, new NarSize(nar.length), List.of(),
                Optional.empty()), List.of()).raw();
        try (PartialNar partial = nars.create(hash)) {
            partial.write(0, nar, 0, nar.length);
            kept = nars.keep(partial, hash, manifest, narinfo);
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

    /** To hash what the user named may take hours, one after another on the same thread. */
    @Test
    void keptNarsAreOfferedBeforeWhatIsYetToBeHashed() throws IOException {
        offered.begin(List.of(NAMED), task -> {
            seeds.expectNoMessage(Duration.ZERO);
            background.add(task);
        });
        assertEquals(new Seeds.AddStoreItem(NAMED), seeds.receiveMessage());
        background.removeFirst().run();
        assertEquals(new Seeds.AddKept(KEPT, kept, kept.manifest().root()), seeds.receiveMessage());
        assertEquals(List.of(), background);
    }

    /** Too many open files, say, or a disk that does not answer: what is whole must not be lost by that. */
    @Test
    void whatCannotBeReadForAWhileStays() throws Exception {
        Path narinfo = beside(".narinfo");
        byte[] content = Files.readAllBytes(narinfo);
        Files.delete(narinfo);
        Files.createDirectory(narinfo);
        begun("kept NAR " + kept.hash().base32() + " is not offered: ");
        assertTrue(Files.exists(kept.file()));
        Files.delete(narinfo);
        Files.write(narinfo, content);
        offered.begin(List.of(), Runnable::run);
        assertEquals(new Seeds.AddKept(KEPT, kept, kept.manifest().root()), seeds.receiveMessage());
    }

    @Test
    void whatIsDamagedOrNotWholeGoes() throws Exception {
        Files.delete(beside(".manifest"));
        begun("kept NAR " + kept.hash().base32() + " is removed: ");
        assertFalse(Files.exists(kept.file()));
        keep();
        Files.writeString(beside(".narinfo"), "StorePath: x");
        begun("kept NAR " + kept.hash().base32() + " is removed: ");
        assertEquals(List.of(), nars.list());
        assertFalse(Files.exists(beside(".narinfo")));
    }
}
