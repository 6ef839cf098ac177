// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An item, and the sites of a test that give it to each other: what tests of whole downloads begin with. */
abstract class SharedItem {
    static final StorePath PATH = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    /** Longer than any test takes. */
    static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    /** Those that end with the test. */
    final List<TestSite> sites = new ArrayList<>();
    byte[] nar = new byte[0];
    NarHash hash = new NarHash(Sha256.hash(nar));

    /** Starts a site. */
    interface Start {
        TestSite with(UnaryOperator<Offers> giving) throws IOException;
    }

    /** Makes the tree of which all is about. */
    abstract void write(Path item) throws IOException;

    static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(3).nextBytes(noise);
        return noise;
    }

    @BeforeEach
    void makeItem() throws IOException {
        Path item = directory.resolve("item");
        write(item);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(item, out);
        nar = out.toByteArray();
        hash = new NarHash(Sha256.hash(nar));
    }

    @AfterEach
    void close() {
        sites.forEach(TestSite::close);
    }

    /** Where the next site that is added to {@link #sites} may live. */
    Path nextRoot() {
        return directory.resolve("site" + sites.size());
    }

    static List<PeerAddress> addresses(TestSite... sites) {
        return Stream.of(sites).map(TestSite::address).toList();
    }

    /** Lays the item into a site's store, and waits until it is offered. */
    void stock(TestSite site) throws IOException {
        Path item = directory.resolve("item");
        Path copy = site.root.resolve("gnu/store").resolve(PATH.baseName());
        Files.createDirectories(copy.getParent());
        try (Stream<Path> files = Files.walk(item)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, copy.resolve(item.relativize(file).toString()), LinkOption.NOFOLLOW_LINKS);
            }
        }
        assertEquals(hash, site.seed(PATH).hash());
    }

    /** A site that has the item, and tells nobody that it has not before that. */
    TestSite stocked(UnaryOperator<Offers> giving, Start start) throws IOException {
        CompletableFuture<Void> stocked = new CompletableFuture<>();
        TestSite site = start.with(offers -> new Changed(giving.apply(offers)) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                return stocked.thenCompose(ready -> real.find(nar));
            }
        });
        stock(site);
        stocked.complete(null);
        return site;
    }

    /** How a download stood at its end, of which a reader got all. */
    TransferStatus whole(TestSite fetcher, CompletionStage<List<NarEvent>> reader) throws Exception {
        assertArrayEquals(nar, SiteReader.received(reader.toCompletableFuture().get(60, TimeUnit.SECONDS)));
        return SiteReader.status(fetcher);
    }

    /** What a peer gave, in bytes of the NAR. */
    static long from(TransferStatus status, TestSite peer) {
        return status.sources().stream().filter(s -> s.name().equals(peer.identity.peerId().toString()))
                .mapToLong(TransferStatus.Source::bytes).sum();
    }
}
