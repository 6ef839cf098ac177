// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * Under which ids those have answered whom this node asked. Where ids are bound to addresses, whoever wants to stand near many keys
 * with few addresses must have another id for each, at one port or at many. An honest node keeps its id across restarts, and changes
 * it only when it has learned its address: so whoever changes it otherwise is not listened to for a while, nor are more than two at a
 * machine, and nobody is whom others name by an id that he is known not to have. Local addresses are not remembered: one machine may
 * have many nodes there, now this one and now that.
 */
final class StatedIds {
    /** How long an id is remembered after its last answer, and nobody who changed it is listened to. */
    static final Duration MEMORY = Duration.ofHours(1);
    /** How many machines are remembered, those that answered last: about 1 MB, of IPv6. */
    static final int MOST = 2048;
    /** So many machines that are said to be others than they are known to be, at least, and it is no accident. */
    static final int MANY = 10;
    /** And one of so many that are remembered: there are routers with many nodes behind them, and nodes that take another id. */
    static final int SHARE = 16;
    /** How many nodes of a machine: there may be several behind a router. */
    static final int PER_MACHINE = 2;

    private final LongSupplier nanos;
    /** The machine that answered last is last. */
    private final Map<AddressGroup, List<Stated>> machines = new LinkedHashMap<>();
    /** When something else was said of a machine, or by it, last, the longest ago first. */
    private final Map<AddressGroup, Long> contradicted = new LinkedHashMap<>();

    /**
     * What a node has said. That of its address which names the machine is left out, as there are many of these.
     *
     * @param rest of its address: of IPv6 the last 64 bits
     * @param port of its address
     * @param id under which it answered last
     * @param changed whether it had another id before
     * @param at of the last answer, or of the change
     */
    private record Stated(long rest, int port, DhtId id, boolean changed, long at) {
        static Stated of(Contact contact, boolean changed, long at) {
            return new Stated(rest(contact), contact.address().getPort(), contact.id(), changed, at);
        }

        private static long rest(Contact contact) {
            byte[] host = contact.address().getAddress().getAddress();
            return host.length < 2 * Long.BYTES ? 0 : ByteBuffer.wrap(host).getLong(Long.BYTES);
        }

        /** Whether it is where {@code contact}, of the same machine, is. */
        boolean isAt(Contact contact) {
            return port == contact.address().getPort() && rest == rest(contact);
        }

        /** Whether it may have another id from now on, that of who is at the same address. */
        boolean mayBecome(Contact other) {
            return !changed && (id.equals(other.id())
                    || (!LookupPath.isBound(new Contact(id, other.address())) && LookupPath.isBound(other)));
        }
    }

    /** @param nanos a clock that only goes forward */
    StatedIds(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * A node answers.
     *
     * @return whether it is to be listened to
     */
    boolean answered(Contact by) {
        if (isLocal(by)) {
            return true;
        }
        Optional<Stated> before = at(by);
        boolean believed = mayBe(by);
        if (believed || (before.isPresent() && !before.get().changed)) {
            state(by, !believed);
        }
        return believed;
    }

    /** Somebody at an address that the user named answers: he is who he says he is. */
    void trusted(Contact by) {
        if (!isLocal(by)) {
            state(by, false);
        }
    }

    /** Whether there may be such a node, by what it has said itself. */
    boolean mayBe(Contact contact) {
        if (isLocal(contact)) {
            return true;
        }
        boolean may = at(contact).map(before -> before.mayBecome(contact))
                .orElseGet(() -> of(contact).size() < PER_MACHINE);
        if (!may) {
            contradicted(machine(contact));
        }
        return may;
    }

    private void contradicted(AddressGroup machine) {
        contradicted.remove(machine);
        contradicted.put(machine, nanos.getAsLong());
        if (contradicted.size() > MOST / SHARE) {
            contradicted.remove(contradicted.keySet().iterator().next());
        }
    }

    /**
     * Whether many of the machines were named, or have answered, within the hour, as nodes that they are known not to be. Others can say
     * that of whomever they like, so it is to cost no more than some questions.
     */
    boolean areContradicted() {
        long now = nanos.getAsLong();
        contradicted.values().removeIf(at -> now - at >= MEMORY.toNanos());
        return contradicted.size() >= Math.max(MANY, machines.size() / SHARE);
    }

    private static boolean isLocal(Contact contact) {
        return AddressGroup.isLocal(contact.address().getAddress());
    }

    private Optional<Stated> at(Contact contact) {
        for (Stated stated : of(contact)) {
            if (stated.isAt(contact)) {
                return Optional.of(stated);
            }
        }
        return Optional.empty();
    }

    /** Of the machine, what is not forgotten. */
    private List<Stated> of(Contact contact) {
        List<Stated> all = machines.getOrDefault(machine(contact), List.of());
        long now = nanos.getAsLong();
        // Those that answered longest ago are first; most often there is nothing to leave out, and every named node comes here.
        return all.isEmpty() || now - all.getFirst().at < MEMORY.toNanos()
                ? all
                : all.stream().filter(stated -> now - stated.at < MEMORY.toNanos()).toList();
    }

    private void state(Contact by, boolean changed) {
        long now = nanos.getAsLong();
        AddressGroup machine = machine(by);
        List<Stated> all = new ArrayList<>(of(by));
        all.removeIf(other -> other.isAt(by));
        if (all.size() >= PER_MACHINE) {
            all.removeFirst();
        }
        all.add(Stated.of(by, changed, now));
        machines.remove(machine);
        machines.put(machine, List.copyOf(all));
        if (machines.size() > MOST) {
            machines.remove(machines.keySet().iterator().next());
        }
        forget(now);
    }

    /** Those that answered longest ago are first, the one that has just done so is last, and so it is with a machine's nodes. */
    private void forget(long now) {
        Iterator<List<Stated>> oldest = machines.values().iterator();
        while (now - oldest.next().getLast().at >= MEMORY.toNanos()) {
            oldest.remove();
        }
    }

    private static AddressGroup machine(Contact contact) {
        return AddressGroup.machine(contact.address().getAddress());
    }
}
