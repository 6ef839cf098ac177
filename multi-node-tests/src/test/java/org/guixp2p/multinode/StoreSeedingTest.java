// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.guixp2p.node.Node;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody names anything: a node gives what Guix's own database says is in its store. */
@Timeout(180)
class StoreSeedingTest extends InAWorld {
    private static final StorePath MIXED = new StorePath("f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0");
    private static final int BYTES = 4 << 20;

    /** Gives, and has what it gives collected as soon as that is wanted. */
    private final class Collecting extends Giving {
        private final AtomicBoolean wanted;
        private final World.Item item;
        private final StoreDatabaseWriter daemon;

        Collecting(Offers real, AtomicBoolean wanted, World.Item item, StoreDatabaseWriter daemon) {
            super(real);
            this.wanted = wanted;
            this.item = item;
            this.daemon = daemon;
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            return real.block(nar, root, index).whenComplete((bytes, failure) -> {
                if (wanted.compareAndSet(true, false)) {
                    try {
                        daemon.invalidate(item.path());
                        TreeDeleter.delete(world.storeRoot().resolve(item.path().path().substring(1)));
                    } catch (IOException | SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
        }
    }

    private Path databases() throws IOException {
        return Files.createDirectories(world.storeRoot().resolve("var/guix/db"));
    }

    private void awaitFetch(String node, StorePath path, NarHash expected) {
        Await.until(() -> {
            try {
                return expected.equals(new NarHash(Sha256.hash(Restorer.fetch(world.socket(node), path))));
            } catch (IOException e) {
                return false;
            }
        }, () -> path + " is not to be had");
    }

    @Test
    void whatGuixRegisteredIsFetchedByOthers() throws Exception {
        world.unpackStore();
        Fixtures.copyDatabase(databases());
        Node seeder = world.plan("seeder").seedingItsStore().start();
        world.plan("fetcher").dialling(seeder).start();
        awaitFetch("fetcher", MIXED,
                Narinfo.parse(Fixtures.bytes("narinfo/" + MIXED.hashPart() + ".narinfo")).narHash());
        assertTrue(World.api(seeder, "/api/seeds").contains(MIXED.path()));
    }

    @Test
    void whatIsCollectedWhileItIsGivenComesFromAnotherAndNobodyIsBlamed() throws Exception {
        World.Item item = world.item("large", BYTES, false);
        NarHash hash = new NarHash(Sha256.hash(item.nar()));
        AtomicBoolean collect = new AtomicBoolean();
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(databases().resolve("db.sqlite"))) {
            daemon.register(item.path(), hash, item.nar().length, 1_000);
            Node seeder = world.plan("seeder").seedingItsStore()
                    .giving(offers -> new Collecting(offers, collect, item, daemon)).start();
            Node other = world.plan("other").dialling(seeder).start();
            awaitFetch("other", item.path(), hash);
            World.await(other, "/api/seeds", seeds -> seeds.contains(item.path().path()));
            Node last = world.plan("last").dialling(seeder, other).start();
            collect.set(true);
            assertArrayEquals(item.nar(), world.fetch("last", item));
            assertFalse(collect.get(), "it was collected meanwhile");
            String id = seeder.addresses().peer().toString();
            assertTrue(World.api(last, "/api/peers").contains(id));
            World.await(seeder, "/api/seeds", seeds -> !seeds.contains(item.path().path()));
        }
    }
}
