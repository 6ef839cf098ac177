// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * Under which ids those have answered whom this node asked. Where ids are bound to addresses, whoever wants to stand near many keys
 * with few addresses must have another id for each. An honest node keeps its id across restarts, and changes it only when it has
 * learned its address: so whoever changes it otherwise is not listened to for a while, and nobody is whom others name by an id that he
 * is known not to have. Local addresses are not remembered: one machine may have many nodes there, now this one and now that.
 */
final class StatedIds {
    /** How long an id is remembered after its last answer, and nobody who changed it is listened to. */
    static final Duration MEMORY = Duration.ofHours(1);
    /** How many addresses are remembered, those that answered last: about 600 kB. */
    static final int MOST = 4096;

    private final LongSupplier nanos;
    private final Map<InetSocketAddress, Stated> stated = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, Stated> eldest) {
            return size() > MOST;
        }
    };

    /**
     * What is known of an address.
     *
     * @param contact who answered last
     * @param changed whether it had another id before
     * @param at of the last answer, or of the change
     */
    private record Stated(Contact contact, boolean changed, long at) {
        /** Whether it may have another id from now on. */
        boolean mayBecome(Contact other) {
            return !changed && (contact.equals(other) || (!LookupPath.isBound(contact) && LookupPath.isBound(other)));
        }
    }

    /** @param nanos a clock that only goes forward */
    StatedIds(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** A node answers. */
    void answered(Contact by) {
        if (AddressGroup.isLocal(by.address().getAddress())) {
            return;
        }
        Stated before = stated.get(by.address());
        long now = nanos.getAsLong();
        if (before == null || isForgotten(before) || before.mayBecome(by)) {
            stated.put(by.address(), new Stated(by, false, now));
        } else if (!before.changed) {
            stated.put(by.address(), new Stated(by, true, now));
        }
    }

    /** Whether there may be such a node, by what it has said itself. */
    boolean mayBe(Contact contact) {
        Stated before = stated.get(contact.address());
        return before == null || isForgotten(before) || before.mayBecome(contact);
    }

    private boolean isForgotten(Stated before) {
        return nanos.getAsLong() - before.at >= MEMORY.toNanos();
    }
}
