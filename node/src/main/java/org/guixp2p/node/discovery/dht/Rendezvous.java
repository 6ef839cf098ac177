// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.guixp2p.node.discovery.Alarm;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;

/**
 * Has this node found where all nodes meet, and meets others there now and then, as far as there is room for more: so that peers have
 * told each other what they have before it is wanted. Safe for several threads.
 */
public final class Rendezvous implements AutoCloseable {
    /** From the start to the first look: the DHT is joined by then. */
    static final Duration FIRST = Duration.ofSeconds(5);
    /** From a look to the next one, and up to half as long again. */
    static final Duration AGAIN = Duration.ofMinutes(10);
    /** After a look that has found nobody, and twice as long after each further one. */
    static final Duration AFTER_NOBODY = Duration.ofSeconds(30);
    /** How many are met by one look: with what announces itself most, nobody is to be had dial many. */
    static final int MOST = 32;
    private static final Duration WITHIN = Duration.ofSeconds(30);

    private final Meeting meeting;
    private final Alarm alarm;
    private final RandomGenerator random;
    private Duration afterNobody = AFTER_NOBODY;
    private Runnable next = () -> {};
    private boolean closed;

    /** Where all meet. */
    interface Meeting {
        /** This node is to be found there. */
        void announce();

        /** As {@link DhtDirectory#lookupRendezvous}. */
        ProviderDirectory.Lookup look(int wanted, Duration within, ProviderDirectory.Listener listener);
    }

    /** What room this node has for others. */
    public interface Room {
        /** Answers, on any thread, how many more may be met. */
        void count(IntConsumer answer);

        /** Somebody may be there. */
        void meet(InetSocketAddress address);
    }

    Rendezvous(Meeting meeting, Alarm alarm, RandomGenerator random) {
        this.meeting = meeting;
        this.alarm = alarm;
        this.random = random;
    }

    /** Where nodes of a DHT meet. */
    public static Rendezvous in(DhtDirectory dht, Alarm alarm, RandomGenerator random) {
        return new Rendezvous(new Meeting() {
            @Override
            public void announce() {
                dht.announceRendezvous();
            }

            @Override
            public ProviderDirectory.Lookup look(int wanted, Duration within, ProviderDirectory.Listener listener) {
                return dht.lookupRendezvous(wanted, within, listener);
            }
        }, alarm, random);
    }

    /** This node goes there from now on. */
    public void begin(Room room) {
        meeting.announce();
        lookAfter(FIRST, room);
    }

    private synchronized void lookAfter(Duration time, Room room) {
        if (!closed) {
            Duration jittered = time.plusNanos(random.nextLong(time.toNanos() / 2));
            next = alarm.after(jittered, () -> room.count(count -> look(Math.min(count, MOST), room)));
        }
    }

    private void look(int wanted, Room room) {
        if (wanted <= 0) {
            lookAfter(AGAIN, room);
            return;
        }
        AtomicInteger found = new AtomicInteger();
        meeting.look(wanted, WITHIN, new ProviderDirectory.Listener() {
            @Override
            public void found(List<ProviderHint> hints) {
                hints.forEach(hint -> {
                    if (hint instanceof ProviderHint.Unnamed(var there)) {
                        found.incrementAndGet();
                        room.meet(new InetSocketAddress(InetAddress.ofLiteral(there.host()), there.port()));
                    }
                });
            }

            @Override
            public void ended(ProviderDirectory.End end) {
                lookAfter(pause(found.get() == 0), room);
            }
        });
    }

    private synchronized Duration pause(boolean nobody) {
        if (!nobody) {
            afterNobody = AFTER_NOBODY;
            return AGAIN;
        }
        Duration pause = afterNobody;
        Duration doubled = pause.multipliedBy(2);
        afterNobody = doubled.compareTo(AGAIN) < 0 ? doubled : AGAIN;
        return pause;
    }

    /** Nobody is looked for any more. */
    @Override
    public synchronized void close() {
        closed = true;
        next.run();
    }
}
