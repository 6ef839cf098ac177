// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * One meter for each value that a label may have, all there from the beginning: what has not happened yet is seen as 0, and what
 * comes with a value that nobody thought of counts as {@link #OTHER}.
 */
final class Labelled<M> {
    static final String OTHER = "other";

    private final Map<String, M> meters = new HashMap<>();

    /** @param make makes the meter for a value */
    Labelled(List<String> values, Function<String, M> make) {
        values.forEach(value -> meters.put(value, make.apply(value)));
        meters.put(OTHER, make.apply(OTHER));
    }

    /** Counters. */
    static Labelled<Counter> counters(MeterRegistry registry, String name, String about, String label,
            List<String> values) {
        return new Labelled<>(values,
                value -> Counter.builder(name).description(about).tag(label, value).register(registry));
    }

    M of(String value) {
        M meter = meters.get(value);
        return meter == null ? Objects.requireNonNull(meters.get(OTHER)) : meter;
    }
}
