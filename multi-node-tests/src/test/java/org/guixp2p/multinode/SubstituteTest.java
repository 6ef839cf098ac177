// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whole nodes with a real store, real signatures and real sockets: what a restorer gets is what Guix once built. */
@Timeout(120)
class SubstituteTest extends InAWorld {
    private static final StorePath MIXED = new StorePath("f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0");
    private static final StorePath HELLO = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    private Node seeder(String name) throws IOException, StartException {
        world.unpackStore();
        return world.plan(name).seeding(MIXED, HELLO).start();
    }

    @Test
    void anItemGoesFromPeerToPeerAndOnFromTheOneWhoFetchedIt() throws Exception {
        NarHash expected = Narinfo.parse(Fixtures.bytes("narinfo/" + MIXED.hashPart() + ".narinfo")).narHash();
        Node first = seeder("first");
        Node second = world.plan("second").dialling(first, seeder("other")).start();
        byte[] nar;
        try (Restorer restorer = new Restorer(world.socket("second"), FromRestorer.Mode.SUBSTITUTE)) {
            nar = restorer.substitute(MIXED);
            String traces = restorer.traces();
            assertTrue(traces.startsWith("@ download-started " + MIXED + " guixp2p://"), traces);
            assertTrue(traces.contains("@ download-succeeded " + MIXED), traces);
        }
        assertEquals(expected, new NarHash(Sha256.hash(nar)));
        assertTrue(World.api(first, "/api/seeds").contains(MIXED.path()));

        world.plan("third").dialling(second).start();
        assertArrayEquals(nar, Restorer.fetch(world.socket("third"), MIXED));
    }

    @Test
    void queriesAreAnsweredWithNarinfosThatVerify() throws Exception {
        world.plan("alone").policy(SubstitutePolicy.P2P_FIRST).start();
        try (Restorer restorer = new Restorer(world.socket("alone"), FromRestorer.Mode.QUERY)) {
            restorer.command("have " + HELLO + " /gnu/store/" + "0000000000000000000000000000000a-nope-1 ");
            assertEquals(new FromNode.Paths(List.of(HELLO)), restorer.read());
            assertInstanceOf(FromNode.End.class, restorer.read());
            restorer.command("info " + MIXED + " ");
            FromNode.Narinfo narinfo = assertInstanceOf(FromNode.Narinfo.class, restorer.read());
            byte[] bytes = new byte[narinfo.text().remaining()];
            narinfo.text().duplicate().get(bytes);
            assertEquals(MIXED, Narinfo.parse(bytes).path());
            assertInstanceOf(FromNode.End.class, restorer.read());
        }
    }

    /** The daemon does not begin to substitute what cannot be had, and builds it instead. */
    @Test
    void whereOnlyPeersAreAskedWhatNobodyHasIsNotClaimed() throws Exception {
        Node second = world.plan("second").dialling(seeder("first")).start();
        World.Item nobodys = world.item("nobodys", 1000, true);
        try (Restorer restorer = new Restorer(world.socket("second"), FromRestorer.Mode.QUERY)) {
            restorer.command("have " + HELLO + " " + nobodys.path() + " " + MIXED + " ");
            FromNode.Paths had = assertInstanceOf(FromNode.Paths.class, restorer.read());
            assertEquals(Set.of(HELLO, MIXED), Set.copyOf(had.paths()));
            assertInstanceOf(FromNode.End.class, restorer.read());
            assertEquals(2, restorer.info(HELLO, nobodys.path(), MIXED));
        }
        assertEquals("[]", World.api(second, "/api/transfers"));
    }

    @Test
    void aSecondNodeIsKeptOutOfTheSameState() throws Exception {
        world.plan("alone").start();
        StartException refused = assertThrows(StartException.class, () -> world.plan("alone").start());
        assertTrue(String.valueOf(refused.getMessage()).startsWith("state_dir: another node uses "),
                refused.toString());
    }
}
