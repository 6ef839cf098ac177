// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.rate;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.guixp2p.node.config.ByteRate;

/**
 * One direction of all traffic: a rate for all flows together, shared fairly, and one for each.
 *
 * <p>Flows that wait get their turns by fair queueing (A. Demers, S. Keshav and S. Shenker, 1989; the virtual time is that of
 * start-time fair queueing, P. Goyal, H. Vin and H. Cheng, 1996): the turn that ends first, counted in what the flow has had,
 * comes first. So each gets as many bytes as any other that wants them, however often it asks and for however much; and one
 * that wants little goes before those who want much all the time. A flow that its own limit holds back holds up no other. Safe
 * for several threads; nothing here waits.
 */
public final class RateLimiter {
    private final LongSupplier nanos;
    private final TokenBucket all;
    private final Set<Flow> open = new LinkedHashSet<>();
    private final Set<Flow> waiting = new LinkedHashSet<>();
    private ByteRate perFlow;
    /** The start of the turn that was given last. */
    private double virtual;
    private volatile boolean limited;
    private volatile ByteRate rate;

    RateLimiter(ByteRate rate, ByteRate perFlow, LongSupplier nanos) {
        this.nanos = nanos;
        this.rate = rate;
        this.all = new TokenBucket(rate, nanos.getAsLong());
        this.perFlow = perFlow;
        this.limited = !rate.isUnlimited() || !perFlow.isUnlimited();
    }

    /** The rate for all flows together that holds now. */
    public ByteRate rate() {
        return rate;
    }

    /**
     * A peer's flow, to which the limit for each applies.
     *
     * @param changed run, on any thread, when the rates have changed and it may have its turn sooner
     */
    public Flow peer(Runnable changed) {
        return open(true, changed);
    }

    /** A server's flow, to which only the limit for all together applies. */
    public Flow server(Runnable changed) {
        return open(false, changed);
    }

    private synchronized Flow open(boolean peer, Runnable changed) {
        TokenBucket own = new TokenBucket(peer ? perFlow : ByteRate.UNLIMITED, nanos.getAsLong());
        Flow flow = new Flow(this, own, changed, peer);
        open.add(flow);
        return flow;
    }

    /** From now on these rates hold; those who wait are told. */
    void set(ByteRate together, ByteRate each) {
        List<Flow> told;
        synchronized (this) {
            long now = nanos.getAsLong();
            all.rate(together, now);
            rate = together;
            perFlow = each;
            for (Flow flow : open) {
                if (flow.peer) {
                    flow.own.rate(each, now);
                }
            }
            limited = !together.isUnlimited() || !each.isUnlimited();
            if (!limited) {
                waiting.clear();
            }
            told = new ArrayList<>(open);
        }
        told.forEach(flow -> flow.changed.run());
    }

    void ask(Flow flow, long bytes) {
        // Without a limit there is nothing to keep, and no reason for peers to meet at a lock.
        if (limited) {
            enter(flow, bytes);
        }
    }

    private synchronized void enter(Flow flow, long bytes) {
        if (!limited || !open.contains(flow)) {
            return;
        }
        long now = nanos.getAsLong();
        flow.asked = bytes;
        flow.own.take(bytes, now);
        flow.own.await(bytes, now);
        flow.start = Math.max(virtual, flow.finish);
        flow.finish = flow.start + bytes;
        waiting.add(flow);
        serve(now);
    }

    long pause(Flow flow) {
        return limited ? pauseOf(flow) : 0;
    }

    private synchronized long pauseOf(Flow flow) {
        long now = nanos.getAsLong();
        serve(now);
        if (!waiting.contains(flow)) {
            return 0;
        }
        long own = flow.own.pause(0, now);
        // Those held back by limits of their own may get their turns later, or sooner for all that is known.
        return Math.max(1, own > 0 ? own : all.pause(upTo(flow, now), now));
    }

    /** What is asked for by a flow, and by all whose turns come before its own. */
    private long upTo(Flow flow, long now) {
        long bytes = flow.asked;
        boolean later = false;
        for (Flow other : waiting) {
            if (other.equals(flow)) {
                later = true;
            } else if ((other.finish < flow.finish || (other.finish == flow.finish && !later))
                    && other.own.pause(0, now) == 0) {
                bytes += other.asked;
            }
        }
        return bytes;
    }

    /** Gives turns as far as time has come for them: also to flows whose threads have not looked yet. */
    private void serve(long now) {
        while (true) {
            Flow next = null;
            long ready = 0;
            for (Flow flow : waiting) {
                if (flow.own.pause(0, now) > 0) {
                    continue;
                }
                ready += flow.asked;
                if (next == null || flow.finish < next.finish) {
                    next = flow;
                }
            }
            all.await(ready, now);
            if (next == null || all.pause(next.asked, now) > 0) {
                return;
            }
            waiting.remove(next);
            virtual = Math.max(virtual, next.start);
            all.take(next.asked, now);
            next.own.await(0, now);
        }
    }

    synchronized boolean withdraw(Flow flow) {
        boolean waited = waiting.remove(flow);
        if (waited) {
            flow.own.giveBack(flow.asked, nanos.getAsLong());
            flow.finish = flow.start;
        }
        return waited;
    }

    void charge(Flow flow, long bytes) {
        if (limited) {
            pay(flow, bytes);
        }
    }

    private synchronized void pay(Flow flow, long bytes) {
        long now = nanos.getAsLong();
        all.take(bytes, now);
        flow.own.take(bytes, now);
        flow.finish = Math.max(virtual, flow.finish) + bytes;
    }

    void close(Flow flow) {
        List<Flow> told;
        synchronized (this) {
            withdraw(flow);
            open.remove(flow);
            told = new ArrayList<>(waiting);
        }
        flow.changed.run();
        told.forEach(other -> other.changed.run());
    }
}
