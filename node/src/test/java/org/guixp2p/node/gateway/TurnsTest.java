// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private static final Duration LONG = Duration.ofHours(1);

    private static List<Boolean> come(Turns.Turn... turns) {
        return Stream.of(turns).map(turn -> turn.whenCome().toCompletableFuture().getNow(false)).toList();
    }

    @Test
    void aClientHasHalfOfThePlacesAndOthersTheRest() {
        Turns turns = new Turns(4, LONG);
        Turns.Turn[] slow = {turns.take("slow"), turns.take("slow"), turns.take("slow")};
        Turns.Turn[] others = {turns.take("one"), turns.take("other"), turns.take("third")};
        assertEquals(List.of(true, true, false), come(slow));
        assertEquals(List.of(true, true, false), come(others));
        turns.giveBack(others[0]);
        assertEquals(List.of(true, true, true), come(others), "who came first among those who may have one");
        assertEquals(List.of(true, true, false), come(slow));
        turns.giveBack(slow[0]);
        assertEquals(List.of(true, true, true), come(slow));
    }

    @Test
    void whereThereIsOneItIsForWhoeverComesFirst() {
        Turns turns = new Turns(1, LONG);
        Turns.Turn first = turns.take("one");
        Turns.Turn second = turns.take("one");
        Turns.Turn third = turns.take("other");
        assertEquals(List.of(true, false, false), come(first, second, third));
        turns.giveBack(first);
        turns.giveBack(first);
        assertEquals(List.of(true, true, false), come(first, second, third), "given back once");
    }

    @Test
    void whoeverWaitsInVainGetsNoneAndLeavesNothing() {
        Turns turns = new Turns(2, Duration.ofMillis(50));
        Turns.Turn first = turns.take("one");
        assertTrue(Eventually.get(first.whenCome()));
        Turns.Turn late = turns.take("one");
        assertFalse(Eventually.get(late.whenCome()));
        Turns.Turn gone = turns.take("one");
        turns.leave(gone);
        assertFalse(Eventually.get(gone.whenCome()));
        turns.giveBack(gone);
        turns.giveBack(late);
        turns.giveBack(first);
        assertEquals(List.of(true, true, false), come(turns.take("one"), turns.take("other"), turns.take("third")));
    }
}
