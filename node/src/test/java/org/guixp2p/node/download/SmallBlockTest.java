// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.util.List;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SmallBlockTest extends ManySmall {
    private final Nar nar = Nar.of(1, 1000);
    private SmallBlock block;

    @BeforeEach
    void ask() throws IOException {
        block = new SmallBlock(nar.request(), site(new InMemory(List.of())).store());
    }

    private static PeerSession.BlockReply received(byte[] bytes) {
        return new PeerSession.BlockReceived(0, BlockPayload.raw(bytes));
    }

    private void assertFault(SmallBlock.Fault fault, PeerSession.BlockReply reply) {
        assertEquals(fault, assertInstanceOf(SmallBlock.Missing.class, block.store(reply)).fault());
    }

    @Test
    void whatWasAskedForIsStored() throws IOException {
        SmallBlock.Stored stored = assertInstanceOf(SmallBlock.Stored.class, block.store(received(nar.bytes())));
        byte[] written = new byte[nar.bytes().length];
        stored.file().read(0, written, 0, written.length);
        assertArrayEquals(nar.bytes(), written);
        assertEquals(nar.manifest().root(), stored.manifest().root());
        SmallBlock.discard(stored.file());
    }

    /** The narinfo's size need not be signed, so that nobody is a liar; but whoever gives it is not asked for the next one at once. */
    @Test
    void ofAnotherSizeItIsNobodysLie() {
        assertFault(SmallBlock.Fault.BUSY, received(Nar.of(1, 2000).bytes()));
    }

    @Test
    void somethingElseIsALie() {
        assertFault(SmallBlock.Fault.LIES, received(Nar.of(2, 1000).bytes()));
    }

    @Test
    void aLostConnectionIsNobodysFault() {
        assertFault(SmallBlock.Fault.NOBODYS, new PeerSession.BlockFailed(0, "the connection is lost"));
    }
}
