// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.List;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class RelayClaimsTest {
    private static final int BLOCKS = 20;
    private static final long SECOND = 1_000_000_000;
    private static final PeerId PEER = new PeerId(Sha256.hash(new byte[]{1}));
    private static final Sha256 ROOT = Sha256.hash(new byte[]{2});
    private static final Sha256 OTHER = Sha256.hash(new byte[]{3});

    private final RelayClaims claims = new RelayClaims(BLOCKS);

    private static BlockBits window(int from, int to) {
        BitSet blocks = new BitSet();
        blocks.set(from, to);
        return BlockBits.of(blocks, from / Byte.SIZE * Byte.SIZE, to);
    }

    @Test
    void aClaimGrowsWithWhatIsTold() {
        assertTrue(claims.told(PEER, ROOT, window(0, 3)));
        assertTrue(claims.told(PEER, ROOT, window(16, 20)));
        assertEquals(7, claims.blocks(PEER).cardinality());
        assertEquals(List.of(PEER), claims.relaysOf(ROOT));
        assertEquals(List.of(), claims.relaysOf(OTHER));
        claims.gone(PEER);
        assertEquals(List.of(), claims.relaysOf(ROOT));
    }

    @Test
    void blocksBeyondTheLastAreNotNoted() {
        assertFalse(claims.told(PEER, ROOT, window(16, 21)));
        assertEquals(List.of(), claims.relaysOf(ROOT));
        assertTrue(claims.blocks(PEER).isEmpty());
    }

    @Test
    void onlyTheLastRootOfAPeerIsKept() {
        claims.told(PEER, ROOT, window(0, 8));
        claims.told(PEER, OTHER, window(8, 9));
        assertEquals(List.of(), claims.relaysOf(ROOT));
        assertEquals(List.of(PEER), claims.relaysOf(OTHER));
        assertEquals(1, claims.blocks(PEER).cardinality());
    }

    @Test
    void whoeverRefusesTooMuchIsNoRelayWhateverItTells() {
        claims.told(PEER, ROOT, window(0, 20));
        for (int i = 1; i < RelayClaims.MOST_REFUSALS; i++) {
            assertFalse(claims.refused(PEER, i % BLOCKS));
            assertFalse(claims.blocks(PEER).get(i % BLOCKS));
            claims.told(PEER, ROOT, window(0, 20));
        }
        assertEquals(List.of(PEER), claims.relaysOf(ROOT));
        assertTrue(claims.refused(PEER, 0));
        claims.told(PEER, ROOT, window(0, 20));
        assertEquals(List.of(), claims.relaysOf(ROOT));
    }

    /** It costs a lane each time, which nobody is to be made to open for ever. */
    @Test
    void whoeverTakesBackWhatItClaimsAgainAndAgainIsNoRelayAnyMore() {
        int most = RelayClaims.MOST_REFUSALS / RelayClaims.REFUSALS_PER_CHANGE;
        for (int i = 0; i < most; i++) {
            claims.told(PEER, ROOT, window(0, 20));
            assertEquals(List.of(PEER), claims.relaysOf(ROOT), "after " + i);
            claims.withdrawn(PEER);
            assertEquals(List.of(), claims.relaysOf(ROOT));
            claims.gone(PEER);
        }
        claims.told(PEER, ROOT, window(0, 20));
        assertEquals(List.of(), claims.relaysOf(ROOT));
    }

    @Test
    void whoeverNamesNowThisRootAndNowThatIsNoRelayAnyMore() {
        int most = RelayClaims.MOST_REFUSALS / RelayClaims.REFUSALS_PER_CHANGE;
        claims.told(PEER, ROOT, window(0, 20));
        for (int i = 1; i <= most; i++) {
            Sha256 next = i % 2 == 0 ? ROOT : OTHER;
            assertTrue(claims.told(PEER, next, window(0, 20)));
            assertEquals(i < most ? List.of(PEER) : List.of(), claims.relaysOf(next), "after " + i);
        }
    }

    @Test
    void whoeverWithdrawsIsAskedOnlySoOftenWhetherItVouches() {
        int questions = 0;
        for (int second = 1; second < 100; second++) {
            claims.told(PEER, ROOT, window(0, 20));
            questions += claims.toAsk(second * SECOND, peer -> false).size();
            claims.withdrawn(PEER);
        }
        assertEquals(16, questions);
    }

    @Test
    void whoeverHasAllIsAskedAgainNowAndThenWhenItTellsSomething() {
        claims.told(PEER, ROOT, window(0, 19));
        assertEquals(List.of(), claims.toAsk(5 * SECOND, peer -> false));
        assertEquals(List.of(PEER), List.copyOf(claims.fetchersUnder(ROOT)));
        claims.told(PEER, ROOT, window(16, 20));
        assertEquals(List.of(), List.copyOf(claims.fetchersUnder(ROOT)), "it fetches nothing any more");
        assertEquals(List.of(), claims.toAsk(5 * SECOND, PEER::equals), "it vouches already");
        assertEquals(List.of(PEER), claims.toAsk(5 * SECOND, peer -> false));
        assertEquals(List.of(), claims.toAsk(9 * SECOND, peer -> false), "it has told nothing since");
        claims.told(PEER, ROOT, window(0, 1));
        claims.told(PEER, ROOT, window(0, 20));
        assertEquals(List.of(), claims.toAsk(5 * SECOND + SECOND / 2, peer -> false), "too soon");
        assertEquals(List.of(PEER), claims.toAsk(6 * SECOND, peer -> false));
    }

    private static PeerId identity(int number) {
        return new PeerId(Sha256.hash(new byte[]{4, (byte) (number >> 8), (byte) number}));
    }

    /** It comes, names one root and another one, and goes. */
    private void passes(PeerId peer) {
        claims.told(peer, ROOT, window(0, 20));
        claims.told(peer, OTHER, window(0, 20));
        claims.gone(peer);
    }

    /** Identities are free, and each may leave something behind. */
    @Test
    void whatVeryManyHaveDoneWhoAreGoneIsForgotten() {
        for (int i = 0; i < RelayClaims.MOST_REFUSALS; i++) {
            claims.told(PEER, ROOT, window(0, 20));
            claims.refused(PEER, 0);
        }
        claims.gone(PEER);
        for (int i = 1; i < RelayClaims.MOST_GONE; i++) {
            passes(identity(i));
        }
        claims.told(PEER, ROOT, window(0, 20));
        assertEquals(List.of(), claims.relaysOf(ROOT), "it counts, as one of the last");
        claims.gone(PEER);
        for (int i = 0; i < RelayClaims.MOST_GONE; i++) {
            passes(identity(i));
        }
        claims.told(PEER, ROOT, window(0, 20));
        assertEquals(List.of(PEER), claims.relaysOf(ROOT));
    }

    /** Who has nothing to answer for takes nobody's place. */
    @Test
    void whoeverGoesAsItCameIsForgottenAtOnce() {
        passes(PEER);
        for (int i = 0; i < 2 * RelayClaims.MOST_GONE; i++) {
            claims.told(identity(i), ROOT, window(0, 20));
            claims.gone(identity(i));
        }
        for (int i = 1; i < RelayClaims.MOST_REFUSALS / RelayClaims.REFUSALS_PER_CHANGE; i++) {
            passes(PEER);
        }
        claims.told(PEER, ROOT, window(0, 20));
        assertEquals(List.of(), claims.relaysOf(ROOT));
    }
}
