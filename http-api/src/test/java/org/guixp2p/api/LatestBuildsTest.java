// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** In which order what is over is told. */
class LatestBuildsTest {
    private static BuildStatus build(long id, String began, double seconds) {
        return new BuildStatus(id, "/gnu/store/x", "", 0, "done", began, seconds, "peers", null, "It came.", List.of(),
                List.of(), List.of(), List.of(), 0, 0, 0, null);
    }

    private static LatestBuilds after(String place) {
        return LatestBuilds.of(new Question(Optional.empty(),
                place.isEmpty() ? Map.of("limit", "2") : Map.of("limit", "2", "after", place), Optional.empty()));
    }

    private static List<Long> ids(List<BuildStatus> some) {
        return some.stream().map(BuildStatus::id).toList();
    }

    /** A long download has a low number: it would come behind all that was refused meanwhile. */
    @Test
    void whatEndedLastComesFirst() {
        List<BuildStatus> all = BuildStatus.latestFirst(Stream.of(build(1, "2026-11-28T00:00:00Z", 90.5),
                build(2, "2026-11-28T00:01:00Z", 0), build(3, "2026-11-28T00:01:30.3Z", 0.1),
                build(4, "2026-11-28T00:00:59Z", 1)));
        assertEquals(List.of(1L, 3L, 4L, 2L), ids(all));
        List<Long> seen = new ArrayList<>();
        Page<BuildStatus> page = after("").of(all);
        seen.addAll(ids(page.items()));
        // What was last there is forgotten meanwhile, and something new has come.
        List<BuildStatus> later = Stream.concat(Stream.of(build(5, "2026-11-28T00:02:00Z", 0)),
                all.stream().filter(one -> one.id() != 3)).toList();
        page = after(page.next().orElseThrow()).of(later);
        seen.addAll(ids(page.items()));
        assertEquals(List.of(1L, 3L, 4L, 2L), seen);
        assertEquals(Optional.empty(), page.next());
    }
}
