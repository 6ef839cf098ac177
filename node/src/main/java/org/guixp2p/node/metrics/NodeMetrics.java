// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.events.NodeJournal;
import org.jspecify.annotations.Nullable;

/**
 * What a node counts, as Prometheus reads it. The meters are made when somebody reads them, or there is much to count: to make them
 * takes as long as a good part of a node's start. Until then what happens waits, so that it is counted all the same. Safe for
 * several threads; no event waits for meters.
 */
public final class NodeMetrics implements NodeJournal.Observer, AutoCloseable {
    /** When so much waits to be counted, meters are made, and each time that as much has come again. */
    static final int MUCH_WAITING = 4096;
    /** What waits meanwhile, up to 16,384: after that the oldest is not counted. */
    static final int MOST_WAITING = 4 * MUCH_WAITING;

    private final TrafficRates rates;
    private final Object making = new Object();
    private final Deque<Consumer<EventCounters>> waiting = new ArrayDeque<>();
    private volatile @Nullable Meters meters;
    private boolean closed;

    /** What there is once it was made. */
    private record Meters(PrometheusMeterRegistry registry, EventCounters counters, StateGauges gauges,
            JvmGcMetrics pauses) {
        private static Meters make(TrafficRates rates) {
            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            return new Meters(registry, new EventCounters(registry), new StateGauges(registry, rates),
                    ofMachine(registry));
        }

        private static JvmGcMetrics ofMachine(MeterRegistry registry) {
            new JvmMemoryMetrics().bindTo(registry);
            new JvmThreadMetrics().bindTo(registry);
            new ClassLoaderMetrics().bindTo(registry);
            new ProcessorMetrics().bindTo(registry);
            new UptimeMetrics().bindTo(registry);
            new FileDescriptorMetrics().bindTo(registry);
            JvmGcMetrics pauses = new JvmGcMetrics();
            pauses.bindTo(registry);
            return pauses;
        }

        private void close() {
            pauses.close();
            registry.close();
        }
    }

    /** @param nanos a clock as {@link System#nanoTime} */
    public NodeMetrics(LongSupplier nanos) {
        this.rates = new TrafficRates(nanos);
    }

    @Override
    public void happened(NodeEvent event) {
        rates.count(event);
        count(counters -> counters.count(event));
    }

    @Override
    public void over(BuildStatus build) {
        count(counters -> counters.over(build));
    }

    private void count(Consumer<EventCounters> what) {
        Meters made = meters;
        if (made != null) {
            what.accept(made.counters());
        } else {
            countLater(what);
        }
    }

    private synchronized void countLater(Consumer<EventCounters> what) {
        Meters made = meters;
        if (made != null) {
            what.accept(made.counters());
            return;
        }
        if (closed) {
            return;
        }
        waiting.addLast(what);
        // What cannot be made, or not soon, is to cost no more memory.
        if (waiting.size() > MOST_WAITING) {
            waiting.removeFirst();
            return;
        }
        if (waiting.size() % MUCH_WAITING == 0) {
            Thread.ofVirtual().name("metrics").start(() -> {
                var _ = made();
            });
        }
    }

    /** How much was not counted yet, for want of meters. */
    synchronized int waiting() {
        return waiting.size();
    }

    private Meters made() {
        synchronized (making) {
            Meters there = meters;
            if (there != null) {
                return there;
            }
            Meters made = Meters.make(rates);
            begin(made);
            return made;
        }
    }

    private synchronized void begin(Meters made) {
        waiting.forEach(what -> what.accept(made.counters()));
        waiting.clear();
        meters = made;
        if (closed) {
            made.close();
        }
    }

    /**
     * All of it in Prometheus' text format, version 0.0.4. Takes some milliseconds, the first time some hundred.
     *
     * @param state how the node stands; empty when it does not say
     */
    public String scrape(Optional<NodeState> state) {
        Meters made = made();
        made.gauges().show(state);
        return made.registry().scrape();
    }

    @Override
    public synchronized void close() {
        closed = true;
        Meters made = meters;
        if (made != null) {
            made.close();
        }
    }
}
