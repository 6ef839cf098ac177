// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.ManifestPage;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class ManifestSearchTest {
    private static final long PATIENCE = ManifestSearch.PATIENCE_MILLIS;
    private static final PeerId A = peer(1);
    private static final PeerId B = peer(2);
    private static final PeerId C = peer(3);
    private static final Manifest RIGHT = manifest(1);
    private static final Manifest WRONG = manifest(2);

    private final RootElection<Sha256, PeerId> election = new RootElection<>();
    private final Map<Sha256, List<PeerId>> following = new HashMap<>();
    private final ManifestSearch search = new ManifestSearch(election, RIGHT.narSize(), 1, this::relays);

    private static PeerId peer(int number) {
        return new PeerId(Sha256.hash(new byte[]{(byte) number}));
    }

    private static Manifest manifest(int content) {
        byte[] nar = {(byte) content, 0};
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    private List<PeerId> relays(Sha256 root) {
        return following.getOrDefault(root, List.of());
    }

    private Set<PeerId> asked(long now) {
        return search.next(now).stream().map(ManifestSearch.Ask::peer).collect(Collectors.toSet());
    }

    @Test
    void theBestRootIsAskedForAndTheFirstWholeManifestIsTheAnswer() throws FormatException {
        election.vouch(A, "1", RIGHT.root());
        assertEquals(List.of(new ManifestSearch.Ask(A, RIGHT.root(), 0)), search.next(0));
        assertEquals(Set.of(), asked(1), "it was asked");
        assertEquals(Optional.empty(), search.received(B, RIGHT.root(), RIGHT.page(0), 2), "it was not asked");
        assertEquals(Optional.of(RIGHT), search.received(A, RIGHT.root(), RIGHT.page(0), 2));
    }

    /** Who brings the first page along with its offer need not be asked for it. */
    @Test
    void aPageOfWhoeverVouchesCountsWhenItsRootIsTried() throws FormatException {
        election.vouch(A, "1", RIGHT.root());
        assertFalse(search.tries(RIGHT.root()));
        assertEquals(Optional.empty(), search.received(A, RIGHT.root(), RIGHT.page(0), 0), "it is not tried");
        assertEquals(Set.of(A), asked(0));
        election.vouch(B, "2", RIGHT.root());
        assertTrue(search.tries(RIGHT.root()));
        assertFalse(search.tries(WRONG.root()));
        assertEquals(Optional.of(RIGHT), search.received(B, RIGHT.root(), RIGHT.page(0), 1));
    }

    @Test
    void aRootWhoseManifestDoesNotComeMakesRoomForTheNextAndMayStillWin() throws FormatException {
        election.vouch(A, "1", WRONG.root());
        assertEquals(Set.of(A), asked(0));
        election.vouch(B, "2", RIGHT.root());
        assertEquals(Set.of(), asked(PATIENCE - 1));
        assertFalse(search.isExhausted(PATIENCE));
        assertEquals(Set.of(B), asked(PATIENCE));
        assertFalse(search.isExhausted(2 * PATIENCE - 1));
        assertTrue(search.isExhausted(2 * PATIENCE));
        assertEquals(Optional.of(WRONG), search.received(A, WRONG.root(), WRONG.page(0), 2 * PATIENCE));
    }

    /** A liar was asked first and answered at once, but meanwhile two others stand for something else. */
    @Test
    void whoIsQuickDoesNotWinAgainstThoseWhoAreMany() throws FormatException {
        election.vouch(A, "1", WRONG.root());
        assertEquals(Set.of(A), asked(0));
        election.vouch(B, "2", RIGHT.root());
        election.vouch(C, "3", RIGHT.root());
        assertEquals(Optional.empty(), search.received(A, WRONG.root(), WRONG.page(0), 1));
        PeerId other = search.next(1).getFirst().peer();
        assertEquals(Optional.empty(), search.whole(PATIENCE));
        assertEquals(Optional.of(RIGHT), search.received(other, RIGHT.root(), RIGHT.page(0), PATIENCE));
    }

    @Test
    void whoeverIsThereIsFollowedWhenThoseWhoAreManyDoNotGiveTheirs() throws FormatException {
        election.vouch(A, "1", RIGHT.root());
        assertEquals(Set.of(A), asked(0));
        election.vouch(B, "2", WRONG.root());
        election.vouch(C, "3", WRONG.root());
        assertEquals(1, search.next(1).size());
        assertEquals(Optional.empty(), search.received(A, RIGHT.root(), RIGHT.page(0), 2));
        assertEquals(Optional.empty(), search.whole(PATIENCE));
        assertEquals(Optional.of(RIGHT), search.whole(1 + PATIENCE));
    }

    @Test
    void anotherWhoVouchesIsAskedWhenTheFirstSaysNothing() {
        election.vouch(A, "1", RIGHT.root());
        election.vouch(B, "2", RIGHT.root());
        assertEquals(1, search.next(0).size());
        assertEquals(Set.of(), asked(PATIENCE - 1));
        assertEquals(1, search.next(PATIENCE).size());
        assertEquals(Set.of(), asked(3 * PATIENCE), "both were asked");
    }

    @Test
    void aRelayIsAskedWhenWhoVouchesSaysNothing() throws FormatException {
        following.put(RIGHT.root(), List.of(B));
        assertEquals(Set.of(), asked(0), "nobody vouches for what it follows");
        election.vouch(A, "1", RIGHT.root());
        assertEquals(Set.of(A), asked(0));
        assertEquals(Set.of(), asked(PATIENCE - 1));
        assertEquals(Set.of(B), asked(PATIENCE));
        assertEquals(Optional.of(RIGHT), search.received(B, RIGHT.root(), RIGHT.page(0), PATIENCE + 1));
    }

    @Test
    void aRelayThatHasItNotYetIsAskedAgainAfterAWhile() {
        following.put(RIGHT.root(), List.of(B));
        election.vouch(A, "1", RIGHT.root());
        assertEquals(Set.of(A), asked(0));
        assertEquals(Set.of(B), asked(PATIENCE));
        search.busy(B, RIGHT.root(), 2 * PATIENCE);
        assertEquals(Set.of(), asked(2 * PATIENCE - 1));
        assertEquals(Set.of(B), asked(2 * PATIENCE));
    }

    @Test
    void aRelayIsNotAskedBeforeWhoVouchesHasHadItsTime() {
        following.put(RIGHT.root(), List.of(B));
        election.vouch(A, "1", RIGHT.root());
        assertEquals(Set.of(A), asked(0));
        search.busy(A, RIGHT.root(), PATIENCE - 1);
        assertEquals(Set.of(), asked(1));
        assertEquals(Set.of(A), asked(PATIENCE - 1));
        assertEquals(Set.of(), asked(2 * PATIENCE - 2), "it was asked a moment ago");
        assertEquals(Set.of(B), asked(2 * PATIENCE - 1));
    }

    @Test
    void aSilentRelayDoesNotHoldUpWhoVouchesAndWasBusy() {
        following.put(RIGHT.root(), List.of(B));
        election.vouch(A, "1", RIGHT.root());
        assertEquals(Set.of(A), asked(0));
        search.busy(A, RIGHT.root(), PATIENCE + 1);
        assertEquals(Set.of(B), asked(PATIENCE));
        assertEquals(Set.of(A), asked(PATIENCE + 1));
    }

    @Test
    void eachRelayThatIsAskedGetsItsTime() throws FormatException {
        following.put(RIGHT.root(), List.of(B, C));
        election.vouch(A, "1", RIGHT.root());
        assertEquals(Set.of(A), asked(0));
        assertEquals(Set.of(B), asked(PATIENCE));
        assertFalse(search.isExhausted(2 * PATIENCE - 1));
        assertEquals(Set.of(C), asked(2 * PATIENCE));
        assertFalse(search.isExhausted(3 * PATIENCE - 1));
        assertTrue(search.isExhausted(3 * PATIENCE));
        assertEquals(Optional.of(RIGHT), search.received(C, RIGHT.root(), RIGHT.page(0), 3 * PATIENCE));
    }

    @Test
    void eachOfThoseWhoVouchGetsItsTime() {
        election.vouch(A, "1", RIGHT.root());
        election.vouch(B, "2", RIGHT.root());
        assertEquals(1, search.next(0).size());
        assertEquals(1, search.next(PATIENCE).size());
        assertFalse(search.isExhausted(PATIENCE), "the other one was asked just now");
        assertFalse(search.isExhausted(2 * PATIENCE - 1));
        assertTrue(search.isExhausted(2 * PATIENCE));
    }

    /** Servers stand by. */
    @Test
    void manyWhoSayNothingAreNotWaitedForOneAfterAnotherForEver() {
        for (int i = 0; i < 20; i++) {
            election.vouch(peer(10 + i), "group " + i, RIGHT.root());
        }
        for (long now = 0; now < ManifestSearch.LONGEST_MILLIS; now += PATIENCE) {
            assertEquals(1, search.next(now).size());
            assertFalse(search.isExhausted(now + PATIENCE - 1));
        }
        assertEquals(1, search.next(ManifestSearch.LONGEST_MILLIS).size());
        assertTrue(search.isExhausted(ManifestSearch.LONGEST_MILLIS));
    }

    private static Manifest ofTwoPages() {
        int blocks = ManifestPage.HASHES + 1;
        byte[] hashes = new byte[blocks * Sha256.BYTES];
        new Random(5).nextBytes(hashes);
        return Manifest.of(new NarSize((long) blocks * BlockLayout.BLOCK_BYTES), hashes);
    }

    /** A vouches for it, B relays it. */
    private ManifestSearch searchWithARelay(Manifest manifest) {
        following.put(manifest.root(), List.of(B));
        election.vouch(A, "1", manifest.root());
        return new ManifestSearch(election, manifest.narSize(), 1, this::relays);
    }

    /** Those who vouch have had their time with the first one. */
    @Test
    void aRelayThatGaveAPageIsAskedForTheNextOneAtOnce() throws FormatException {
        Manifest manifest = ofTwoPages();
        Sha256 root = manifest.root();
        ManifestSearch large = searchWithARelay(manifest);
        assertEquals(List.of(new ManifestSearch.Ask(A, root, 0)), large.next(0));
        assertEquals(List.of(new ManifestSearch.Ask(B, root, 0)), large.next(PATIENCE));
        long came = PATIENCE + 300;
        assertEquals(Optional.empty(), large.received(B, root, manifest.page(0), came));
        assertEquals(List.of(new ManifestSearch.Ask(B, root, 1)), large.next(came));
        assertFalse(large.isExhausted(came + PATIENCE - 1));
        assertEquals(Optional.of(manifest), large.received(B, root, manifest.page(1), came + PATIENCE - 1));
    }

    /** It gives the first page late, and is in the middle of the second one when a relay might be asked too. */
    @Test
    void whoVouchesAndGivesOnePageAfterAnotherIsLeftToIt() throws FormatException {
        Manifest manifest = ofTwoPages();
        Sha256 root = manifest.root();
        ManifestSearch large = searchWithARelay(manifest);
        assertEquals(A, large.next(0).getFirst().peer());
        assertEquals(Optional.empty(), large.received(A, root, manifest.page(0), PATIENCE - 1));
        assertEquals(List.of(new ManifestSearch.Ask(A, root, 1)), large.next(PATIENCE - 1));
        assertEquals(List.of(), large.next(2 * PATIENCE - 2));
        assertEquals(Optional.of(manifest), large.received(A, root, manifest.page(1), 2 * PATIENCE - 2));
    }

    @Test
    void aBusyPeerIsAskedAgainWhenItSaidAndHoldsUpTheNextRootNoLonger() {
        election.vouch(A, "1", WRONG.root());
        election.vouch(B, "2", RIGHT.root());
        assertEquals(Set.of(A), asked(0));
        for (long now = 0; now < PATIENCE; now += 100) {
            search.busy(A, WRONG.root(), now + 100);
            assertEquals(Set.of(), asked(now + 99));
            assertEquals(now + 100 < PATIENCE ? Set.of(A) : Set.of(A, B), asked(now + 100));
        }
    }

    @Test
    void whatIsNoPageOfTheManifestIsSaidSo() {
        election.vouch(A, "1", RIGHT.root());
        assertEquals(Set.of(A), asked(0));
        assertThrows(FormatException.class, () -> search.received(A, RIGHT.root(), WRONG.page(0), 1));
    }

    @Test
    void aRootThatTooFewVouchForIsNotTried() {
        ManifestSearch two = new ManifestSearch(election, RIGHT.narSize(), 2, this::relays);
        election.vouch(A, "1", RIGHT.root());
        election.vouch(B, "2", WRONG.root());
        assertFalse(two.hasCandidates(), "peers of different roots do not add up");
        assertEquals(List.of(), two.next(0));
        election.vouch(C, "3", WRONG.root());
        assertEquals(WRONG.root(), two.next(0).getFirst().root());
    }

    @Test
    void whoIsForgottenIsNotWaitedFor() {
        election.vouch(A, "1", RIGHT.root());
        election.vouch(B, "2", RIGHT.root());
        PeerId first = search.next(0).getFirst().peer();
        search.forget(first);
        election.withdraw(first);
        assertEquals(Set.of(first.equals(A) ? B : A), asked(1));
    }
}
