// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a request wants to know, beyond its path.
 *
 * @param key what stands in the path in place of a name in braces
 * @param parameters those of the query
 * @param lastEvent the header {@code Last-Event-ID}
 */
record Question(Optional<String> key, Map<String, String> parameters, Optional<String> lastEvent) {
    /** What an answer holds at most of a list. */
    static final int MOST = 500;
    private static final int MOST_WORDS = 8;
    /** A key is a path, a hash, or a number. */
    static final int LONGEST = 400;
    /** Numbers as keys, the latest first. */
    static final Comparator<String> LATEST_FIRST = Comparator.comparingLong(Question::number).reversed();

    Question {
        parameters = Map.copyOf(parameters);
        Stream.concat(key.stream(), parameters.values().stream()).filter(text -> text.length() > LONGEST).findFirst()
                .ifPresent(_ -> {
                    throw new BadQuestionException("a parameter of more than " + LONGEST + " characters");
                });
    }

    /** Makes sure that there is no parameter but these. */
    void allow(Set<String> known) {
        parameters.keySet().stream().filter(name -> !known.contains(name)).findFirst().ifPresent(unknown -> {
            throw new BadQuestionException("there is no parameter of this name; those that there are: "
                    + String.join(", ", known.stream().sorted().toList()));
        });
    }

    int limit() {
        String text = parameters.get("limit");
        if (text == null) {
            return MOST;
        }
        long limit = number(text);
        if (limit < 1 || limit > MOST) {
            throw new BadQuestionException("limit: 1 to " + MOST + " expected");
        }
        return (int) limit;
    }

    Page.Wanted wanted() {
        return new Page.Wanted(Optional.ofNullable(parameters.get("after")), limit());
    }

    /** What to look for: all these words; none for everything. */
    List<String> words() {
        List<String> words = Stream.of(parameters.getOrDefault("q", "").strip().toLowerCase(Locale.ROOT).split("\\s+"))
                .filter(word -> !word.isEmpty()).toList();
        if (words.size() > MOST_WORDS) {
            throw new BadQuestionException("q: up to " + MOST_WORDS + " words expected");
        }
        return words;
    }

    /** What else was asked for of a list than which page, as it stands in a query. */
    String besidesPage() {
        return parameters.entrySet().stream()
                .filter(one -> !one.getKey().equals("limit") && !one.getKey().equals("after"))
                .sorted(Map.Entry.comparingByKey())
                .map(one -> '&' + one.getKey() + '=' + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining());
    }

    /** The same of what has numbers as keys. */
    Page.Wanted wantedByNumber() {
        Page.Wanted wanted = wanted();
        wanted.after().ifPresent(Question::number);
        return wanted;
    }

    /** The number of the last event that is known already; 0 for none. A stream that was cut goes on where it was. */
    long since() {
        return lastEvent.or(() -> Optional.ofNullable(parameters.get("since"))).map(Question::number).orElse(0L);
    }

    /** Which events are wanted. */
    Predicate<NodeEvent> filter() {
        String text = parameters.get("filter");
        if (text == null) {
            return event -> true;
        }
        Set<String> names = Stream.of(text.split(",", -1)).map(Question::kind).collect(Collectors.toUnmodifiableSet());
        return event -> names.contains(event.topic()) || names.contains(event.type());
    }

    /** Which of what is over is wanted. */
    Predicate<BuildStatus> outcome() {
        String text = parameters.get("outcome");
        if (text == null) {
            return build -> true;
        }
        Set<String> outcomes = Set.copyOf(List.of(text.split(",", -1)));
        if (!BuildStatus.OUTCOMES.containsAll(outcomes)) {
            throw new BadQuestionException(
                    "outcome: some of " + String.join(", ", BuildStatus.OUTCOMES)
                            + " expected, with commas between them");
        }
        return build -> outcomes.contains(build.outcome());
    }

    private static String kind(String name) {
        if (!NodeEvent.TOPICS.contains(name) && !NodeEvent.TYPES.contains(name)) {
            throw new BadQuestionException("filter: topics (" + String.join(", ", NodeEvent.TOPICS)
                    + ") or types of events expected, with commas between them");
        }
        return name;
    }

    private static long number(String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // as below
        }
        throw new BadQuestionException("a number of at least 0 expected");
    }
}
