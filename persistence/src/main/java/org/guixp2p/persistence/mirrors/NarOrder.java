// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.guixp2p.persistence.narinfo.ServerUrl;

/** Which of the servers that are not left alone is asked for a NAR first. Part of {@link Mirrors}, under its lock. */
final class NarOrder {
    /** Servers that differ by less are alike: then the user's order counts. */
    static final double ALIKE = 1.2;
    /** Once in so many times another one than the best is first. */
    static final int EXPLORE = 20;
    /** Whoever waits is not kept waiting for longer by it. */
    static final double EXPLORING_SECONDS = 1;
    /** Those of the user's own that were not measured are first once in so long. */
    private static final Duration TURN = Duration.ofHours(1);
    private static final double UNKNOWN = -1;
    /** Who needs less than so many microseconds more for a narinfo is about as quick. */
    private static final long ABOUT = 100_000;
    private static final long NEVER = Long.MAX_VALUE / 2;

    private final Set<ServerUrl> own;
    private final InstantSource clock;
    private final RandomGenerator random;
    /** When those that were not measured were last first of all. */
    private final Map<ServerUrl, Instant> tried = new HashMap<>();

    /**
     * @param own those that the user has configured
     * @param random when another one than the best is first
     */
    NarOrder(Set<ServerUrl> own, InstantSource clock, RandomGenerator random) {
        this.own = own;
        this.clock = clock;
        this.random = random;
    }

    /**
     * As {@link Mirrors#order} says it, for {@code servers} of which none is left alone.
     *
     * @param lookups what a narinfo takes, in microseconds, 0 when none came yet: where none of those that are alike and best was measured,
     *         it says who is first
     */
    List<ServerUrl> of(List<ServerUrl> servers, Function<ServerUrl, OptionalDouble> seconds,
            ToDoubleFunction<ServerUrl> usual, ToLongFunction<ServerUrl> lookups, boolean explores) {
        Map<ServerUrl, Double> expected = new LinkedHashMap<>();
        Set<ServerUrl> unknown = new HashSet<>();
        for (ServerUrl server : servers) {
            double value = seconds.apply(server).orElse(UNKNOWN);
            expected.put(server, value);
            if (value < 0) {
                unknown.add(server);
            }
        }
        double between = median(expected.values().stream().filter(value -> value >= 0).sorted().toList());
        expected.replaceAll((server, value) -> value < 0 ? unmeasured(server, between, usual) : value);
        double least = expected.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
        List<ServerUrl> order = new ArrayList<>(expected.keySet());
        List<ServerUrl> alike = order.stream()
                .filter(server -> expected.getOrDefault(server, between) <= least * ALIKE).toList();
        // Of one that gave a NAR more is known than what its narinfos take.
        ToLongFunction<ServerUrl> late = unknown.containsAll(alike) ? lateness(alike, lookups) : server -> 0;
        order.sort(Comparator.comparingDouble((ServerUrl server) -> alike.contains(server)
                ? least
                : expected.getOrDefault(server, between)).thenComparingLong(server -> alike.contains(server)
                        ? late.applyAsLong(server)
                        : 0));
        if (!order.isEmpty() && unknown.contains(order.getFirst()) && own.contains(order.getFirst())) {
            // It may have no such NAR, or come late, and be unmeasured still.
            tried.put(order.getFirst(), clock.instant());
        }
        if (explores && order.size() > 1 && random.nextInt(EXPLORE) == 0) {
            double most = least + EXPLORING_SECONDS;
            List<ServerUrl> others = order.stream().skip(1)
                    .filter(server -> unknown.contains(server) || expected.getOrDefault(server, between) <= most)
                    .toList();
            if (!others.isEmpty()) {
                ServerUrl other = others.get(random.nextInt(others.size()));
                order.remove(other);
                order.addFirst(other);
            }
        }
        return order;
    }

    /** What each takes for a narinfo; nothing for those that are about as quick as the quickest. */
    private static ToLongFunction<ServerUrl> lateness(List<ServerUrl> servers, ToLongFunction<ServerUrl> lookups) {
        Map<ServerUrl, Long> micros = new HashMap<>();
        for (ServerUrl server : servers) {
            long known = lookups.applyAsLong(server);
            micros.put(server, known == 0 ? NEVER : known);
        }
        long enough = micros.values().stream().mapToLong(Long::longValue).min().orElse(0) + ABOUT;
        return server -> {
            long took = micros.getOrDefault(server, 0L);
            return took < enough ? 0 : took;
        };
    }

    /** What others look like beside a single one that is slow would never be known. */
    private double unmeasured(ServerUrl server, double between, ToDoubleFunction<ServerUrl> usual) {
        boolean hadItsTurn = tried.getOrDefault(server, Instant.MIN).isAfter(clock.instant().minus(TURN));
        return own.contains(server) && !hadItsTurn ? Math.min(between, usual.applyAsDouble(server)) : between;
    }

    private static double median(List<Double> sorted) {
        int count = sorted.size();
        return count == 0 ? 0 : (sorted.get((count - 1) / 2) + sorted.get(count / 2)) / 2;
    }
}
