// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/**
 * One record of recutils text, as Guix reads it ({@code recutils->alist} in {@code guix/records.scm}): {@code Name:
 * value} lines, {@code #} comments, {@code +} continuations; blank lines before it are skipped, one after it ends it.
 */
record RecordFields(List<Field> fields) {
    /** Of fields and continuations together; a real narinfo has some fifteen, and none continues. */
    static final int MAX_LINES = 256;

    record Field(String name, String value) {}

    /** A field whose value may go on. */
    private record Open(String name, StringBuilder value) {
        Field closed() {
            return new Field(name, value.toString());
        }
    }

    static RecordFields parse(String text) throws FormatException {
        List<Open> open = new ArrayList<>();
        int lines = 0;
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            String line = end < 0 ? text.substring(at) : text.substring(at, end);
            at = end < 0 ? text.length() : end + 1;
            if (line.isEmpty()) {
                if (open.isEmpty()) {
                    continue;
                }
                break;
            }
            if (line.charAt(0) != '#') {
                lines++;
                if (lines > MAX_LINES) {
                    throw new FormatException("narinfo: more than " + MAX_LINES + " lines");
                }
                add(open, line);
            }
        }
        List<Field> fields = new ArrayList<>(open.size());
        for (Open field : open) {
            fields.add(field.closed());
        }
        return new RecordFields(fields);
    }

    private static void add(List<Open> fields, String line) throws FormatException {
        char first = line.charAt(0);
        if (first == '+' && !fields.isEmpty()) {
            fields.getLast().value().append('\n').append(line, line.startsWith("+ ") ? 2 : 1, line.length());
            return;
        }
        int colon = line.indexOf(':');
        if (colon < 0 || !isNameStart(first)) {
            throw new FormatException("narinfo: 'Name: value' expected, found " + FormatException.quote(line));
        }
        fields.add(new Open(line.substring(0, colon), new StringBuilder(withoutLeadingBlanks(line, colon + 1))));
    }

    private static boolean isNameStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%';
    }

    private static String withoutLeadingBlanks(String line, int from) {
        int start = from;
        while (start < line.length() && (line.charAt(start) == ' ' || line.charAt(start) == '\t')) {
            start++;
        }
        return line.substring(start);
    }

    /** The first value of {@code name}: later ones do not count. */
    Optional<String> first(String name) {
        for (Field field : fields) {
            if (field.name().equals(name)) {
                return Optional.of(field.value());
            }
        }
        return Optional.empty();
    }

    /** All values of {@code name}, in order. */
    List<String> all(String name) {
        List<String> values = new ArrayList<>();
        for (Field field : fields) {
            if (field.name().equals(name)) {
                values.add(field.value());
            }
        }
        return values;
    }

    String required(String name) throws FormatException {
        Optional<String> value = first(name);
        if (value.isEmpty()) {
            throw new FormatException("narinfo: no " + name);
        }
        return value.get();
    }

    boolean has(String name) {
        return first(name).isPresent();
    }
}
