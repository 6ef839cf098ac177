// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.swarm.AddressGroup;

/** A node in the routing table, and what is known of it. Times are in nanoseconds, of a clock that only goes forward. */
final class KnownNode {
    /** How long a sign of life counts. */
    static final Duration FRESH = Duration.ofMinutes(15);
    private static final long FRESH_NANOS = FRESH.toNanos();
    /** How many questions in a row it must leave unanswered to count as gone. */
    static final int FAILURES = 2;

    final Contact contact;
    final boolean bound;
    final Place place;
    private final AddressGroup network;
    /** What it has drawn for each place of a bucket; the smallest wins. */
    final long[] lots;
    /** Whether it asked before it was asked, or is known from before a restart: nobody named it, then, who is known. */
    final boolean introduced;
    private boolean hasAnswered;
    private boolean hasAsked;
    private long answered;
    private long asked;
    private long seen;
    private int failures;

    /**
     * What one node may have: a machine, and of local addresses, which one machine may have many nodes at, each with its port.
     *
     * @param prefix of the machine's {@link AddressGroup}, here and not there, since each datagram is looked up by it
     * @param length of that prefix
     * @param local the address, if it is local
     */
    record Place(long prefix, int length, Optional<InetSocketAddress> local) {
        static Place of(InetSocketAddress address) {
            AddressGroup machine = AddressGroup.machine(address.getAddress());
            return new Place(machine.prefix(), machine.length(),
                    AddressGroup.isLocal(address.getAddress()) ? Optional.of(address) : Optional.empty());
        }
    }

    /** A node of which nothing has been heard. */
    KnownNode(Contact contact, long[] lots, boolean introduced, long now) {
        this.contact = contact;
        this.lots = lots;
        this.introduced = introduced;
        bound = AddressBound.matches(contact.id(), contact.address().getAddress());
        place = Place.of(contact.address());
        network = AddressGroup.network(contact.address().getAddress());
        seen = now;
    }

    void answered(long now) {
        hasAnswered = true;
        answered = now;
        seen = now;
        failures = 0;
    }

    void asked(long now) {
        hasAsked = true;
        asked = now;
        seen = now;
    }

    void failed() {
        failures++;
    }

    /** Good (BEP 5): it has answered lately, or has answered at some time and has asked lately, and owes no answer. */
    boolean isGood(long now) {
        return hasAnswered && failures == 0 && (isFresh(answered, now) || (hasAsked && isFresh(asked, now)));
    }

    private static boolean isFresh(long then, long now) {
        return now - then < FRESH_NANOS;
    }

    /** Bad: it does not answer any more. What is neither good nor bad is questionable. */
    boolean isBad() {
        return failures >= FAILURES;
    }

    /** Negative when the last sign of life, or that it became known, was longer ago than with {@code other}. */
    int compareSeen(KnownNode other) {
        return Long.signum(seen - other.seen);
    }

    /** Whether it is in a network; local ones are in none. */
    boolean isIn(AddressGroup some) {
        return network.equals(some) && place.local.isEmpty();
    }
}
