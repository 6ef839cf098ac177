// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;

/** One request of the daemon (Guix: {@code guix/scripts/substitute.scm}). */
public sealed interface Command {
    /** Longest line, in bytes: what the longest list of {@link #MAX_PATHS} paths of the usual length takes. */
    int MAX_LINE_BYTES = 1 << 24;
    /** Most paths of one request; a client that asks about a whole distribution names some 100,000. */
    int MAX_PATHS = 1 << 18;

    /** A request of the process that was started with {@code --query}. */
    sealed interface Query extends Command {
        /** What is asked about: at least one path, each once. */
        List<StorePath> paths();
    }

    /** Which of these paths can be substituted? */
    record Have(List<StorePath> paths) implements Query {
        public Have {
            paths = checked(paths);
        }

        @Override
        public String line() {
            return "have " + spaced(paths);
        }
    }

    /** What is to be known about those of these paths that can be substituted? */
    record Info(List<StorePath> paths) implements Query {
        public Info {
            paths = checked(paths);
        }

        @Override
        public String line() {
            return "info " + spaced(paths);
        }
    }

    /** Restore {@code path} at {@code destination}. */
    record Substitute(StorePath path, Destination destination) implements Command {
        @Override
        public String line() {
            return "substitute " + path + " " + destination;
        }
    }

    /** The line as the daemon writes it, without its newline; that of a query ends in a blank. */
    String line();

    /**
     * Reads a line that came to the {@code --query} process. A path that stands there twice counts once: a reply that
     * named it twice would make the daemon fail.
     *
     * @throws FormatException when the command is unknown there, or names no path, one outside the store, or too many
     */
    static Query parseQuery(String line) throws FormatException {
        List<String> words = words(line);
        return switch (words.isEmpty() ? "" : words.getFirst()) {
            case "have" -> new Have(paths(words));
            case "info" -> new Info(paths(words));
            default -> throw new FormatException(
                    "query: 'have PATH…' or 'info PATH…' expected, found " + FormatException.quote(line));
        };
    }

    /**
     * Reads a line that came to the {@code --substitute} process.
     *
     * @throws FormatException when it is not {@code substitute PATH DESTINATION}
     */
    static Substitute parseSubstitute(String line) throws FormatException {
        List<String> words = words(line);
        if (words.size() != 3 || !words.getFirst().equals("substitute")) {
            throw new FormatException(
                    "substitute: 'substitute PATH DESTINATION' expected, found " + FormatException.quote(line));
        }
        return new Substitute(StorePath.parse(words.get(1)), Destination.parse(words.get(2)));
    }

    private static List<String> words(String line) throws FormatException {
        if (line.length() > MAX_LINE_BYTES) {
            throw new FormatException("command: longer than " + MAX_LINE_BYTES + " bytes");
        }
        List<String> words = new ArrayList<>();
        int at = 0;
        while (at < line.length()) {
            int end = line.indexOf(' ', at);
            end = end < 0 ? line.length() : end;
            if (end > at) {
                if (words.size() > MAX_PATHS) {
                    throw new FormatException("command: more than " + MAX_PATHS + " paths");
                }
                words.add(line.substring(at, end));
            }
            at = end + 1;
        }
        return words;
    }

    private static List<StorePath> paths(List<String> words) throws FormatException {
        if (words.size() < 2) {
            throw new FormatException("query: no path after " + FormatException.quote(words.getFirst()));
        }
        Set<StorePath> paths = new LinkedHashSet<>();
        for (String word : words.subList(1, words.size())) {
            paths.add(StorePath.parse(word));
        }
        return List.copyOf(paths);
    }

    private static List<StorePath> checked(List<StorePath> paths) {
        if (paths.isEmpty() || paths.size() > MAX_PATHS || new LinkedHashSet<>(paths).size() < paths.size()) {
            throw new IllegalArgumentException("no path, too many, or one twice");
        }
        return List.copyOf(paths);
    }

    private static String spaced(List<StorePath> paths) {
        return paths.stream().map(path -> path + " ").collect(Collectors.joining());
    }
}
