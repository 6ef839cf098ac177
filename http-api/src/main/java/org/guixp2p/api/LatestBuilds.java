// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pages of what is over, the latest end first. Its numbers are given when something begins: by them, a long download would come behind
 * all that was refused meanwhile.
 *
 * @param after behind which place the page begins; empty for the first page
 */
record LatestBuilds(Optional<Place> after, int limit) {
    private static final Pattern PLACE = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

    /** When something ended, and its number: it is found also when what was there is forgotten by now. */
    record Place(long endedMillis, long id) {
        private static Place of(BuildStatus build) {
            return new Place(build.endedMillis(), build.id());
        }

        private static Place parse(String text) {
            Matcher parts = PLACE.matcher(text);
            if (!parts.matches()) {
                throw new BadQuestionException("after: what the header Link of the page before says is expected");
            }
            return new Place(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)));
        }

        private boolean isBehind(Place other) {
            return endedMillis == other.endedMillis ? id < other.id : endedMillis < other.endedMillis;
        }

        @Override
        public String toString() {
            return endedMillis + "-" + id;
        }
    }

    static LatestBuilds of(Question question) {
        Page.Wanted wanted = question.wanted();
        return new LatestBuilds(wanted.after().map(Place::parse), wanted.limit());
    }

    /** Those of {@code all}, the latest end first, that are wanted. */
    Page<BuildStatus> of(List<BuildStatus> all) {
        List<BuildStatus> left = all.stream()
                .dropWhile(build -> after.isPresent() && !Place.of(build).isBehind(after.get()))
                .limit(limit + 1L).toList();
        List<BuildStatus> items = left.subList(0, Math.min(left.size(), limit));
        return new Page<>(items, left.size() > items.size()
                ? Optional.of(Place.of(items.getLast()).toString())
                : Optional.empty());
    }
}
