// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A path as it is described: what of it stands in braces may be anything. */
record PathPattern(String path) {
    /** @param segments of a request's path, decoded and without empty ones */
    boolean matches(List<String> segments) {
        List<String> own = segments();
        return own.size() == segments.size() && IntStream.range(0, own.size())
                .allMatch(at -> own.get(at).startsWith("{") || own.get(at).equals(segments.get(at)));
    }

    /** What stands in place of the name in braces. */
    Optional<String> key(List<String> segments) {
        List<String> own = segments();
        return IntStream.range(0, own.size()).filter(at -> own.get(at).startsWith("{")).mapToObj(segments::get)
                .findFirst();
    }

    /** The name in braces. */
    Optional<String> keyName() {
        return segments().stream().filter(segment -> segment.startsWith("{")).findFirst()
                .map(segment -> segment.substring(1, segment.length() - 1));
    }

    private List<String> segments() {
        return List.of(path.substring(1).split("/"));
    }
}
