// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.junit.jupiter.api.Test;

class StatedIdsTest {
    private static final Duration SHORTLY = Duration.ofMillis(1);

    private final Random random = new Random(1);
    private long now = Long.MAX_VALUE - 10;
    private final StatedIds ids = new StatedIds(() -> now);

    private Contact bound(InetSocketAddress address) {
        return new Contact(AddressBound.id(address.getAddress(), random), address);
    }

    /** An id that the address is not bound to, but for a chance of one in two million. */
    private Contact any(InetSocketAddress address) {
        return new Contact(DhtId.random(random), address);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void strangersMayBeAnybody() {
        assertTrue(ids.mayBe(bound(at(1))));
        assertTrue(ids.mayBe(any(at(1))));
    }

    @Test
    void whoHasAnsweredIsNobodyElse() {
        Contact contact = bound(at(1));
        ids.answered(contact);
        assertTrue(ids.mayBe(contact));
        assertFalse(ids.mayBe(bound(at(1))));
        assertFalse(ids.mayBe(any(at(1))));
        assertTrue(ids.mayBe(bound(at(2))), "another address");
    }

    @Test
    void whenManyAreSaidToBeOthersThatIsKnownForAnHour() {
        for (int i = 0; i < StatedIds.MANY; i++) {
            assertFalse(ids.areContradicted());
            ids.answered(bound(at(i)));
            ids.mayBe(bound(at(i)));
            // Again is no more.
            ids.mayBe(bound(at(i)));
            pass(Duration.ofMinutes(1));
        }
        assertTrue(ids.areContradicted());
        pass(StatedIds.MEMORY.minusMinutes(StatedIds.MANY));
        assertFalse(ids.areContradicted(), "the first of them was an hour ago");
    }

    @Test
    void theMoreAreKnownTheMoreMustBeSaidToBeOthers() {
        int known = 2 * StatedIds.MANY * StatedIds.SHARE;
        for (int i = 0; i < known; i++) {
            ids.answered(bound(at(i)));
        }
        for (int i = 0; i < 2 * StatedIds.MANY; i++) {
            assertFalse(ids.areContradicted());
            ids.mayBe(bound(at(i)));
        }
        assertTrue(ids.areContradicted());
    }

    @Test
    void whoIsForgottenDoesNotCount() {
        int known = 2 * StatedIds.MANY * StatedIds.SHARE;
        for (int i = 0; i < known; i++) {
            ids.answered(bound(at(i)));
        }
        pass(StatedIds.MEMORY.minus(SHORTLY));
        ids.answered(bound(at(known)));
        for (int i = 0; i < StatedIds.MANY; i++) {
            ids.mayBe(bound(at(i)));
        }
        assertFalse(ids.areContradicted(), "all are remembered");
        pass(SHORTLY);
        ids.answered(bound(at(known + 1)));
        assertTrue(ids.areContradicted(), "two are");
    }

    @Test
    void whoChangesHisIdContradictsHimself() {
        for (int i = 0; i < StatedIds.MANY; i++) {
            assertFalse(ids.areContradicted());
            ids.answered(bound(at(i)));
            ids.answered(bound(at(i)));
        }
        assertTrue(ids.areContradicted());
    }

    private Contact atPort(int port) {
        return bound(new InetSocketAddress(at(1).getAddress(), port));
    }

    /** Behind a router there may be some; whoever has a port for each id is not one of them. */
    @Test
    void aMachineHasTwoNodes() {
        Contact first = atPort(7000);
        Contact second = atPort(7001);
        assertTrue(ids.answered(first));
        assertTrue(ids.answered(second));
        assertFalse(ids.mayBe(atPort(7002)));
        assertFalse(ids.answered(atPort(7002)));
        assertTrue(ids.mayBe(first));
        assertTrue(ids.mayBe(second));
        pass(StatedIds.MEMORY.minus(SHORTLY));
        assertTrue(ids.answered(second));
        pass(SHORTLY);
        assertTrue(ids.answered(atPort(7002)), "the first has not been heard for long");
    }

    @Test
    void whomTheUserNamedIsWhoHeSaysHeIs() {
        Contact first = bound(at(1));
        Contact anew = bound(at(1));
        assertTrue(ids.answered(first));
        ids.trusted(anew);
        assertTrue(ids.mayBe(anew));
        assertFalse(ids.mayBe(first));
    }

    @Test
    void anIdThatIsNotBoundMayBecomeOneThatIs() {
        ids.answered(any(at(1)));
        assertFalse(ids.mayBe(any(at(1))));
        Contact bound = bound(at(1));
        assertTrue(ids.mayBe(bound));
        ids.answered(bound);
        assertTrue(ids.mayBe(bound));
        assertFalse(ids.mayBe(bound(at(1))), "once");
    }

    @Test
    void whoChangesItIsNobodyForAnHour() {
        Contact first = bound(at(1));
        Contact second = bound(at(1));
        ids.answered(first);
        ids.answered(second);
        assertFalse(ids.mayBe(first));
        assertFalse(ids.mayBe(second));
        pass(StatedIds.MEMORY.minus(SHORTLY));
        // Going on makes it no longer: else it would never come back.
        ids.answered(second);
        assertFalse(ids.mayBe(second));
        pass(SHORTLY);
        assertTrue(ids.mayBe(second));
        ids.answered(second);
        assertFalse(ids.mayBe(first));
    }

    @Test
    void whoAnswersIsRemembered() {
        Contact contact = bound(at(1));
        ids.answered(contact);
        pass(StatedIds.MEMORY.minus(SHORTLY));
        ids.answered(contact);
        pass(StatedIds.MEMORY.minus(SHORTLY));
        assertFalse(ids.mayBe(bound(at(1))));
        pass(SHORTLY);
        assertTrue(ids.mayBe(bound(at(1))));
    }

    @Test
    void thoseThatAnsweredLastAreRemembered() {
        Contact first = bound(at(0));
        for (int i = 0; i < StatedIds.MOST; i++) {
            ids.answered(i == 0 ? first : bound(at(i)));
        }
        ids.answered(first);
        // To be named is no answer.
        assertFalse(ids.mayBe(bound(at(1))));
        ids.answered(bound(at(StatedIds.MOST)));
        assertTrue(ids.mayBe(bound(at(1))));
        assertFalse(ids.mayBe(bound(at(0))));
    }

    @Test
    void localAddressesMayHaveNowThisNodeAndNowThat() {
        InetSocketAddress local = at("192.168.1.2", 6881);
        ids.answered(any(local));
        Contact next = any(local);
        ids.answered(next);
        assertTrue(ids.mayBe(next));
        assertTrue(ids.mayBe(any(local)));
    }
}
