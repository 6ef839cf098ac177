// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several nodes fetch one NAR at the same time, of a single seeder with a slow link: they feed each other. */
@Timeout(180)
class RelayTest extends InAWorld {
    private static final ByteRate LINK = new ByteRate(5_000_000);

    /** Bytes of blocks that have come from a peer, needed or not. */
    private static double from(Node fetcher, Node peer) throws Exception {
        String transfer = World.api(fetcher, "/api/transfers");
        return World.given(transfer, peer) + World.number(transfer, "duplicatedBytes");
    }

    private void aSeederSendsEachBlockAboutOnce(int fetchers, int bytes) throws Exception {
        World.Item item = world.item("shared", bytes, false);
        Node seeder = world.plan("seeder").seeding(item).uploadLimit(LINK).start();
        List<Node> nodes = new ArrayList<>(List.of(seeder));
        for (int i = 0; i < fetchers; i++) {
            nodes.add(world.plan("fetcher" + i).dialling(nodes.toArray(Node[]::new)).start());
        }
        for (Node node : nodes) {
            World.awaitPeers(node, fetchers);
        }
        List<CompletableFuture<Sha256>> fetched = new ArrayList<>();
        for (int i = 0; i < fetchers; i++) {
            fetched.add(world.hashing("fetcher" + i, item));
        }
        for (CompletableFuture<Sha256> each : fetched) {
            assertEquals(Sha256.hash(item.nar()), each.get(120, TimeUnit.SECONDS));
        }
        double sent = 0;
        for (Node fetcher : nodes.subList(1, nodes.size())) {
            sent += from(fetcher, seeder);
        }
        double share = sent / item.nar().length;
        assertTrue(share >= 1 && share <= 1.3, () -> "the seeder sent " + share + " times the NAR");
    }

    @Test
    void threeWhoBeginAtOnceGetEachBlockFromTheSeederAboutOnce() throws Exception {
        aSeederSendsEachBlockAboutOnce(3, 16 << 20);
    }

    @Test
    @Tag("slow")
    void tenWhoBeginAtOnceGetEachBlockFromTheSeederAboutOnce() throws Exception {
        aSeederSendsEachBlockAboutOnce(10, 64 << 20);
    }
}
