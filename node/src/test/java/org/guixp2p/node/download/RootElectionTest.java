// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RootElectionTest {
    private final RootElection<String, String> election = new RootElection<>();

    @Test
    void twentyIdentitiesOnOneAddressCountOnce() {
        for (int i = 0; i < 20; i++) {
            election.vouch("liar" + i, "198.51.100", "wrong");
        }
        election.vouch("a", "203.0.113", "right");
        election.vouch("b", "192.0.2", "right");
        assertEquals(Optional.of("right"), election.best());
        assertEquals(1, election.standing("wrong"));
    }

    @Test
    void theFirstSeenWinsATie() {
        election.vouch("a", "1", "first");
        election.vouch("b", "2", "second");
        assertEquals(Optional.of("first"), election.best());
    }

    @Test
    void aRootThatFailedIsOutForGoodAndItsVouchersAreNamed() {
        election.vouch("liar", "1", "wrong");
        election.vouch("honest", "2", "right");
        assertEquals(Set.of("liar"), election.fail("wrong"));
        assertEquals(Optional.of("right"), election.best());
        assertFalse(election.vouch("other", "3", "wrong"));
    }

    @Test
    void whoVouchedForAWrongRootAndLeftIsNamedTooAndWhoStillDoesIsRefuted() {
        election.vouch("gone", "1", "wrong");
        election.vouch("liar", "2", "wrong");
        election.vouch("honest", "3", "right");
        election.withdraw("gone");
        election.withdraw("honest");
        assertFalse(election.isRefuted("gone"));
        assertEquals(Set.of("gone", "liar"), election.fail("wrong"));
        assertFalse(election.vouch("late", "4", "wrong"));
        assertTrue(election.isRefuted("late"));
        assertFalse(election.isRefuted("honest"));
    }

    @Test
    void whenOneRootIsProvenAllOthersWereLies() {
        election.vouch("honest", "1", "right");
        election.vouch("one", "2", "wrong");
        election.vouch("two", "3", "worse");
        election.withdraw("two");
        assertEquals(Set.of("one", "two"), election.prove("right"));
    }

    @Test
    void aPeerThatChangesItsClaimStandsForNothing() {
        election.vouch("turncoat", "1", "one");
        assertFalse(election.vouch("turncoat", "1", "two"));
        assertEquals(Optional.empty(), election.best());
        assertFalse(election.vouch("turncoat", "1", "one"));
        assertTrue(election.isRefuted("turncoat"));
    }

    @Test
    void whoComesBackWithAnotherRootContradictsItself() {
        election.vouch("turncoat", "1", "one");
        election.withdraw("turncoat");
        assertFalse(election.vouch("turncoat", "1", "two"));
        assertTrue(election.isRefuted("turncoat"));
    }

    @Test
    void nobodyIsNamedForTheSameTwice() {
        election.vouch("gone", "1", "wrong");
        election.vouch("liar", "2", "wrong");
        election.withdraw("gone");
        election.fail("wrong");
        election.withdraw("liar");
        assertEquals(Set.of(), election.prove("right"));
    }

    private void comeAndGo(int count, IntFunction<String> addressGroup, String root) {
        for (int i = 0; i < count; i++) {
            election.vouch("guest " + i, addressGroup.apply(i), root);
            election.withdraw("guest " + i);
        }
    }

    @Test
    void ofThoseWhoLeftSomeAreRememberedAndWhoIsHereAlwaysCounts() {
        assertTrue(election.vouch("stays", "1", "wrong"));
        int count = 3 * RootElection.MOST_GONE;
        comeAndGo(count, i -> "g" + i, "wrong");
        assertTrue(election.vouch("late", "2", "right"));
        assertEquals(Set.of("late"), election.vouchersFor("right"));
        Set<String> liars = IntStream.range(count - RootElection.MOST_GONE, count).mapToObj(i -> "guest " + i)
                .collect(Collectors.toSet());
        liars.add("stays");
        assertEquals(liars, election.fail("wrong"));
    }

    @Test
    void noNetworkHasTheLiarsOfOthersForgotten() {
        election.vouch("liar", "1", "wrong");
        election.vouch("another", "2", "wrong");
        election.withdraw("liar");
        election.withdraw("another");
        comeAndGo(3 * RootElection.MOST_GONE, _ -> "3", "right");
        assertEquals(Set.of("liar", "another"), election.fail("wrong"));
    }

    @Test
    void fourFailedRootsAreEnough() {
        for (int i = 0; i < RootElection.MAX_FAILED_ROOTS; i++) {
            assertFalse(election.exhausted());
            election.vouch("liar" + i, "g" + i, "root" + i);
            election.fail("root" + i);
        }
        assertTrue(election.exhausted());
    }
}
