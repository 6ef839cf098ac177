// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.nar.NarWriter;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Many small NARs, and the sites of a test that give them to each other. */
abstract class ManySmall {
    static final int NARS = 64;

    @TempDir
    Path directory;

    final List<TestSite> sites = new ArrayList<>();
    final List<Nar> nars = new ArrayList<>();

    /** A NAR of a file that holds noise. */
    record Nar(NarHash hash, byte[] bytes, Manifest manifest) {
        static Nar of(int number, int length) {
            byte[] contents = new byte[length];
            new Random(number).nextBytes(contents);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                NarWriter writer = new NarWriter(out);
                writer.startFile(false, contents.length);
                writer.contents(contents, 0, contents.length);
                writer.endFile();
                writer.finish();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return of(out.toByteArray());
        }

        static Nar of(byte[] bytes) {
            ManifestBuilder builder = new ManifestBuilder(new NarSize(bytes.length));
            builder.update(bytes, 0, bytes.length);
            return new Nar(new NarHash(Sha256.hash(bytes)), bytes, builder.finish());
        }

        NarRequest request() {
            return request(AutoSeed.OFF);
        }

        NarRequest request(AutoSeed kept) {
            return request(SubstitutePolicy.P2P_ONLY, kept, List.of());
        }

        NarRequest request(SubstitutePolicy policy, NarSupply server) {
            return request(policy, AutoSeed.OFF, List.of(server));
        }

        private NarRequest request(SubstitutePolicy policy, AutoSeed kept, List<NarSupply> servers) {
            return new NarRequest(new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"), hash,
                    new NarSize(bytes.length), new byte[]{1}, servers, true, true, policy, kept);
        }
    }

    /** What a peer says that it has, by the hash under which it is asked for it. */
    static class InMemory implements Offers {
        final Map<NarHash, Nar> has = new HashMap<>();

        InMemory(List<Nar> nars) {
            nars.forEach(nar -> has.put(nar.hash(), nar));
        }

        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return CompletableFuture.completedFuture(Optional.ofNullable(has.get(nar))
                    .map(here -> new Offer(here.manifest().narSize(), here.manifest().root(), true)));
        }

        Nar get(NarHash nar) {
            return Optional.ofNullable(has.get(nar)).orElseThrow();
        }

        /** Of one NAR it gives something else. */
        static InMemory lyingAbout(NarHash wrong, List<Nar> nars) {
            return new InMemory(nars) {
                @Override
                public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                    return super.block(nar, root, index).thenApply(block -> {
                        if (nar.equals(wrong)) {
                            block[block.length / 2] ^= 1;
                        }
                        return block;
                    });
                }
            };
        }

        /** A third of them it does not give. */
        static InMemory failing(List<Nar> nars) {
            return new InMemory(nars) {
                @Override
                public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                    return get(nar).bytes().length % 3 == 0
                            ? CompletableFuture.failedFuture(new IOException("cannot be read"))
                            : super.block(nar, root, index);
                }
            };
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            BlockLayout layout = new BlockLayout(get(nar).manifest().narSize());
            byte[] block = new byte[layout.length(index)];
            System.arraycopy(get(nar).bytes(), (int) layout.offset(index), block, 0, block.length);
            return CompletableFuture.completedFuture(block);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return CompletableFuture.completedFuture(get(nar).manifest());
        }
    }

    @AfterEach
    void close() {
        sites.forEach(TestSite::close);
    }

    void make() {
        for (int i = 0; i < NARS; i++) {
            nars.add(Nar.of(i, 1000 + 1000 * i));
        }
    }

    TestSite site(Offers offers, TestSite... dialled) throws IOException {
        Path root = directory.resolve("site" + sites.size());
        TestSite site = new TestSite(root, TestSite.config(root, SubstitutePolicy.P2P_ONLY,
                SharedItem.addresses(dialled), SharedItem.LONG, SharedItem.LONG, 1, 8), real -> offers);
        sites.add(site);
        for (TestSite peer : dialled) {
            String id = peer.identity.peerId().toString();
            Eventually.holds(() -> SiteReader.connected(site).contains(id), () -> "a connection");
        }
        return site;
    }

    static CompletableFuture<OpenedNar> ahead(TestSite site, Nar nar) {
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        site.downloads.tell(new Downloads.Fetch(nar.request(), opened, true));
        return opened;
    }

    List<CompletableFuture<OpenedNar>> aheadOfAll(TestSite site) {
        return nars.stream().map(nar -> ahead(site, nar)).toList();
    }

    /** All are there, and read they are what they should be. */
    void assertWhole(TestSite site, List<CompletableFuture<OpenedNar>> opened) throws Exception {
        for (int i = 0; i < nars.size(); i++) {
            OpenedNar held = Eventually.get(opened.get(i));
            assertTrue(Eventually.get(held.whole()), "number " + i);
            assertArrayEquals(nars.get(i).bytes(), SiteReader.received(SiteReader.read(site, nars.get(i).request())));
            held.release().run();
        }
    }
}
