// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Questions and what is held in memory of their answers, within bounds that no server and no client can move.
 *
 * <p>The narinfos of the questions that were looked at least recently are let go of first. The questions themselves, which
 * weigh little, stay longer: a look-ahead through a closure that is larger than the room must not go round in it for ever.
 * Safe for several threads.
 */
final class Remembered {
    /** What a question takes, in bytes. */
    private static final int QUESTION = 500;
    /** Narinfo text, parsed, with a string a reference, takes up to so many times as much of the heap. */
    private static final int PARSED = 4;
    private static final int PARTS = 3;

    private final int mostQuestions;
    private final long mostBytes;
    private final SequencedMap<Metadata.Question, Lookup> lookups = new LinkedHashMap<>(16, 0.75f, true);
    private final SequencedMap<Lookup, Long> weights = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** @param memory in bytes: a third of it is for questions, the rest for narinfos */
    Remembered(long memory) {
        this.mostQuestions = Math.toIntExact(memory / PARTS / QUESTION);
        this.mostBytes = memory * (PARTS - 1) / PARTS / PARSED;
    }

    /** How many questions there may be. */
    int mostQuestions() {
        return mostQuestions;
    }

    /** How much narinfo text may be held, in bytes. */
    long mostBytes() {
        return mostBytes;
    }

    /** The lookup of {@code question} that holds at {@code now}, or else {@code fresh}, which is remembered from now on. */
    synchronized Lookup findOrAdd(Metadata.Question question, Lookup fresh, Instant now) {
        Lookup known = lookups.get(question);
        if (known != null && known.holds(now)) {
            weights.get(known);
            return known;
        }
        if (known != null) {
            forget(known);
        }
        lookups.put(question, fresh);
        while (lookups.size() > mostQuestions || !lookups.firstEntry().getValue().holds(now)) {
            forget(lookups.pollFirstEntry().getValue());
        }
        return fresh;
    }

    /** Takes note of what {@code lookup} holds now, and makes room for it. */
    @SuppressWarnings("ReferenceEquality") // One that was asked anew is another.
    synchronized void weigh(Metadata.Question question, Lookup lookup) {
        if (lookups.get(question) != lookup) {
            // Whoever still waits for it reads the cache.
            lookup.spill();
            return;
        }
        forget(lookup);
        long weight = lookup.bytes();
        if (weight > 0) {
            weights.put(lookup, weight);
            bytes += weight;
        }
        while (bytes > mostBytes) {
            Map.Entry<Lookup, Long> eldest = weights.pollFirstEntry();
            eldest.getKey().spill();
            bytes -= eldest.getValue();
        }
    }

    /** Narinfo text that is held, in bytes. */
    synchronized long bytes() {
        return bytes;
    }

    private void forget(Lookup lookup) {
        Long weight = weights.remove(lookup);
        bytes -= weight == null ? 0 : weight;
    }
}
