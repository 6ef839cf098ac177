// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Where the node is, and what to do without it; from the environment, then from {@code bridge.conf}, else the defaults
 * ({@code docs/bridge-protocol.md}).
 *
 * @param user who the node runs as, by name
 * @param acl the keys whose narinfos count
 * @param silenceMillis how long a node may say nothing while a request is under way
 * @param patienceMillis how long it may not get on with the answer
 * @param builtin the words of the command that is Guix
 */
record Settings(Path socket, Fallback fallback, String user, Path acl, long silenceMillis, long patienceMillis,
        List<String> builtin) {
    /** What to do when the node cannot help. */
    enum Fallback {
        /** Replay the command to Guix's own substituter. */
        BUILTIN,
        /** Answer that nothing is available. */
        NONE
    }

    private static final String DEFAULT_FILE = "/etc/guix-p2p/bridge.conf";
    private static final int MAX_FILE = 65_536;
    private static final int MAX_SILENCE_SECONDS = 3600;
    private static final int MAX_PATIENCE_SECONDS = 86_400;
    private static final int WRITABLE_FOR_OTHERS = 0022;
    private static final List<String> NAMES = List.of("socket", "fallback", "user", "acl", "silence", "patience",
            "builtin");

    /**
     * Reads the settings.
     *
     * @throws UsageException when one of them cannot be
     */
    static Settings load(Map<String, String> environment) throws UsageException {
        String named = environment.get("GUIX_P2P_BRIDGE_CONF");
        Map<String, Value> values = file(Path.of(named == null ? DEFAULT_FILE : named));
        for (String name : NAMES) {
            String variable = "GUIX_P2P_" + name.toUpperCase(Locale.ROOT);
            String value = environment.get(variable);
            if (value != null) {
                values.put(name, new Value(variable, value.strip()));
            }
        }
        return of(values);
    }

    private static Settings of(Map<String, Value> values) throws UsageException {
        return new Settings(
                path(values, "socket", "/var/cache/guix-p2p/guix-p2p.sock"),
                fallback(values.getOrDefault("fallback", new Value("", "builtin"))),
                nonEmpty(values.getOrDefault("user", new Value("", "guix-p2p"))),
                path(values, "acl", "/etc/guix/acl"),
                seconds(values.getOrDefault("silence", new Value("", "30")), MAX_SILENCE_SECONDS),
                seconds(values.getOrDefault("patience", new Value("", "300")), MAX_PATIENCE_SECONDS),
                words(values.getOrDefault("builtin", new Value("", "guix"))));
    }

    /** A value, and where it stands, for messages. */
    private record Value(String place, String text) {
        UsageException wrong(String expected) {
            return new UsageException(place + ": " + expected + " expected, found '" + text + "'");
        }
    }

    private static Map<String, Value> file(Path file) throws UsageException {
        Map<String, Value> values = new HashMap<>();
        String text = trustedText(file);
        int number = 0;
        int at = 0;
        while (text != null && at < text.length()) {
            int newline = text.indexOf('\n', at);
            int end = newline < 0 ? text.length() : newline;
            number++;
            line(text.substring(at, end), file + ":" + number, values);
            at = end + 1;
        }
        return values;
    }

    private static void line(String text, String place, Map<String, Value> values) throws UsageException {
        int comment = text.indexOf('#');
        String line = (comment < 0 ? text : text.substring(0, comment)).strip();
        if (line.isEmpty()) {
            return;
        }
        int equals = line.indexOf('=');
        if (equals < 0) {
            throw new UsageException(place + ": 'NAME = VALUE' expected, found '" + line + "'");
        }
        String name = line.substring(0, equals).strip();
        if (!NAMES.contains(name)) {
            throw new UsageException(place + ": no setting is called '" + name + "'; there are " + NAMES);
        }
        values.put(name, new Value(place, line.substring(equals + 1).strip()));
        // A fault is one even where the environment or a later line says otherwise.
        of(values);
    }

    /** The text of the file; null when there is none, or none that may count. */
    private static @Nullable String trustedText(Path file) throws UsageException {
        try {
            FileFacts facts = FileFacts.of(file);
            UserPrincipal self = Files.getOwner(Path.of("/proc/self/stat"));
            boolean owned = facts.owner().equals(FileFacts.root()) || facts.owner().equals(self);
            if (!owned || facts.isWritableFor(WRITABLE_FOR_OTHERS)) {
                DaemonLog.say(file + " is passed over: it must belong to root, and nobody else may write it");
                return null;
            }
            if (facts.size() > MAX_FILE) {
                throw new UsageException(file + ": longer than " + MAX_FILE + " bytes");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new UsageException(file + ": cannot be read: " + e.getMessage());
        }
    }

    private static Path path(Map<String, Value> values, String name, String otherwise) throws UsageException {
        Value value = values.getOrDefault(name, new Value("", otherwise));
        if (!value.text.startsWith("/") || value.text.indexOf('\0') >= 0) {
            throw value.wrong("a path from the root");
        }
        return Path.of(value.text);
    }

    private static Fallback fallback(Value value) throws UsageException {
        return switch (value.text) {
            case "builtin" -> Fallback.BUILTIN;
            case "none" -> Fallback.NONE;
            default -> throw value.wrong("'builtin' or 'none'");
        };
    }

    private static long seconds(Value value, int most) throws UsageException {
        try {
            int seconds = Integer.parseInt(value.text);
            if (seconds >= 1 && seconds <= most) {
                return seconds * 1000L;
            }
        } catch (NumberFormatException e) {
            // As below.
        }
        throw value.wrong("seconds from 1 to " + most);
    }

    private static String nonEmpty(Value value) throws UsageException {
        if (value.text.isEmpty()) {
            throw value.wrong("a name");
        }
        return value.text;
    }

    private static List<String> words(Value value) throws UsageException {
        List<String> words = new ArrayList<>();
        StringTokenizer tokens = new StringTokenizer(value.text);
        while (tokens.hasMoreTokens()) {
            words.add(tokens.nextToken());
        }
        if (words.isEmpty()) {
            throw value.wrong("a command");
        }
        return words;
    }

    /** The same, with another socket. */
    Settings withSocket(Path other) {
        return new Settings(other, fallback, user, acl, silenceMillis, patienceMillis, builtin);
    }
}
