// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who waits for whom. */
class PrecedenceTest {
    private final Precedence precedence = new Precedence();
    private final List<String> told = new ArrayList<>();

    @Test
    void thoseAheadWaitUntilNobodyIsInNeedAndAreToldOnce() {
        Runnable again = () -> told.add("again");
        assertTrue(precedence.mayGoAhead(again));
        Precedence.Claim one = precedence.claim();
        Precedence.Claim two = precedence.claim();
        one.set(true);
        one.set(true);
        two.set(true);
        assertFalse(precedence.mayGoAhead(again));
        assertFalse(precedence.mayGoAhead(again));
        one.set(false);
        assertEquals(List.of(), told);
        assertFalse(precedence.mayGoAhead(again));
        two.set(false);
        assertEquals(List.of("again"), told);
        assertTrue(precedence.mayGoAhead(again));
        two.set(false);
        assertEquals(List.of("again"), told);
    }

    @Test
    void thereIsWorkAheadWhileAnyOfThoseAheadHasBlocksToAskFor() {
        Precedence.Claim one = precedence.claim();
        Precedence.Claim two = precedence.claim();
        assertFalse(precedence.isWorkAhead());
        one.setAhead(true);
        one.setAhead(true);
        two.setAhead(true);
        one.setAhead(false);
        assertTrue(precedence.isWorkAhead());
        assertTrue(precedence.mayGoAhead(() -> told.add("again"))); // none of them is in need
        two.setAhead(false);
        assertFalse(precedence.isWorkAhead());
    }

    @Test
    void whoHasNoUseForItIsNotTold() {
        Precedence.Claim one = precedence.claim();
        one.set(true);
        Runnable again = () -> told.add("again");
        assertFalse(precedence.mayGoAhead(again));
        precedence.forget(again);
        one.set(false);
        assertEquals(List.of(), told);
    }

    @Test
    void serversSendSoManyAheadAndNoneWhileSomebodyIsInNeed() {
        Precedence.Claim one = precedence.claim();
        one.set(true);
        List<Precedence.Place> places = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            places.add(precedence.place());
        }
        assertEquals(0, places.stream().filter(Precedence.Place::isDone).count());
        one.set(false);
        assertEquals(places.subList(0, 4), places.stream().filter(Precedence.Place::isDone).toList());
        places.get(2).giveBack();
        places.get(2).giveBack();
        assertEquals(5, places.stream().filter(Precedence.Place::isDone).count());
        // Nobody wants it any more.
        places.get(5).giveBack();
        places.get(0).giveBack();
        assertFalse(places.get(5).isDone());
        assertTrue(places.get(6).isDone());
    }

    /** And takes none of the places. */
    @Test
    void whatIsAskedForMeanwhileWaitsForNobody() {
        Precedence.Claim one = precedence.claim();
        one.set(true);
        Precedence.Place asked = precedence.place();
        asked.raise();
        assertTrue(asked.isDone());
        one.set(false);
        List<Precedence.Place> places = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            places.add(precedence.place());
        }
        assertEquals(4, places.stream().filter(Precedence.Place::isDone).count());
        asked.giveBack();
        assertEquals(4, places.stream().filter(Precedence.Place::isDone).count());
    }
}
