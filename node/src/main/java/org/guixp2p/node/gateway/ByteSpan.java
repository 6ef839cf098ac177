// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Some bytes of a file (RFC 9110, section 14).
 *
 * @param from the first
 * @param length how many; at least 1
 * @param size of the whole
 */
record ByteSpan(long from, long length, long size) {
    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** What a {@code Range} header asks for. */
    sealed interface Asked {
        /** These bytes. */
        record Span(ByteSpan span) implements Asked {}

        /** None that the file has. */
        record Outside() implements Asked {}

        /** Several, or what makes no sense: the whole is as good an answer. */
        record Whole() implements Asked {}
    }

    /** Reads a header of one range. */
    static Asked read(String header, long size) {
        Matcher match = ONE.matcher(header.strip());
        if (!match.matches() || (match.group(1).isEmpty() && match.group(2).isEmpty())) {
            return new Asked.Whole();
        }
        Optional<Long> first = number(match.group(1));
        Optional<Long> second = number(match.group(2));
        if (first.isPresent() && second.isPresent() && second.get() < first.get()) {
            return new Asked.Whole();
        }
        long from = first.orElseGet(() -> Math.max(0, size - second.orElseThrow()));
        long last = first.isPresent() ? Math.min(second.orElse(Long.MAX_VALUE), size - 1) : size - 1;
        return from > last ? new Asked.Outside() : new Asked.Span(new ByteSpan(from, last - from + 1, size));
    }

    private static Optional<Long> number(String digits) {
        return digits.isEmpty() ? Optional.empty() : Optional.of(Long.valueOf(digits));
    }

    /** The value of {@code Content-Range}. */
    String contentRange() {
        return "bytes " + from + "-" + (from + length - 1) + "/" + size;
    }

    /** Whether it goes to the end of the file. */
    boolean isToEnd() {
        return from + length == size;
    }
}
