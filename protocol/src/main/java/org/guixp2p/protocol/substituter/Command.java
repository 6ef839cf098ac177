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
    /** Longest line, in bytes: what a list of {@link #MAX_PATHS} paths of the usual length takes, some 85 bytes each. */
    int MAX_LINE_BYTES = 10 << 20;
    /** Most paths of one request: a client that asks about a whole distribution names some 100,000. */
    int MAX_PATHS = 1 << 17;
    /** Longest line of a part of a request, in bytes: some 20,000 paths, several closures of a whole system. */
    int MAX_PART_BYTES = 1 << 21;

    /** A request of the process that was started with {@code --query}. */
    sealed interface Query extends Command {
        /** What is asked about: at least one path, each once. */
        List<StorePath> paths();

        /** The same question about these paths. */
        Query about(List<StorePath> others);

        /** The same question in as few parts as have lines of at most {@link #MAX_PART_BYTES} bytes; itself, most often. */
        default List<Query> parts() {
            List<Query> parts = new ArrayList<>();
            List<StorePath> part = new ArrayList<>();
            int verb = "have ".length();
            int length = verb;
            for (StorePath path : paths()) {
                int more = path.path().length() + 1;
                if (length + more > MAX_PART_BYTES) {
                    parts.add(about(part));
                    part.clear();
                    length = verb;
                }
                part.add(path);
                length += more;
            }
            parts.add(parts.isEmpty() ? this : about(part));
            return parts;
        }
    }

    /** Which of these paths can be substituted? */
    record Have(List<StorePath> paths) implements Query {
        public Have {
            paths = checked(paths);
        }

        @Override
        public Query about(List<StorePath> others) {
            return new Have(others);
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
        public Query about(List<StorePath> others) {
            return new Info(others);
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
        checkLength(line);
        int start = wordAfter(line, 0);
        int end = endOfWord(line, start);
        return switch (line.substring(start, end)) {
            case "have" -> new Have(paths(line, end));
            case "info" -> new Info(paths(line, end));
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
        checkLength(line);
        int verb = wordAfter(line, 0);
        int path = wordAfter(line, endOfWord(line, verb));
        int destination = wordAfter(line, endOfWord(line, path));
        int end = endOfWord(line, destination);
        if (!line.substring(verb, endOfWord(line, verb)).equals("substitute") || destination == end
                || wordAfter(line, end) < line.length()) {
            throw new FormatException(
                    "substitute: 'substitute PATH DESTINATION' expected, found " + FormatException.quote(line));
        }
        return new Substitute(StorePath.parse(line.substring(path, endOfWord(line, path))),
                Destination.parse(line.substring(destination, end)));
    }

    private static void checkLength(String line) throws FormatException {
        if (line.length() > MAX_LINE_BYTES) {
            throw new FormatException("command: longer than " + MAX_LINE_BYTES + " bytes");
        }
    }

    /** Where the next word begins; the end of the line when there is none. */
    private static int wordAfter(String line, int from) {
        int at = from;
        while (at < line.length() && line.charAt(at) == ' ') {
            at++;
        }
        return at;
    }

    private static int endOfWord(String line, int start) {
        int end = line.indexOf(' ', start);
        return end < 0 ? line.length() : end;
    }

    /** Reads the paths one by one: a list of all the words would take more memory than they do. */
    private static List<StorePath> paths(String line, int from) throws FormatException {
        Set<StorePath> paths = new LinkedHashSet<>();
        int count = 0;
        for (int start = wordAfter(line, from); start < line.length();) {
            count++;
            if (count > MAX_PATHS) {
                throw new FormatException("command: more than " + MAX_PATHS + " paths");
            }
            int end = endOfWord(line, start);
            paths.add(StorePath.parse(line.substring(start, end)));
            start = wordAfter(line, end);
        }
        if (paths.isEmpty()) {
            throw new FormatException("query: no path after " + FormatException.quote(line));
        }
        return new ArrayList<>(paths);
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
