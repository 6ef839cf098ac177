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
    /** A real narinfo has some fifteen. */
    static final int MAX_FIELDS = 256;

    record Field(String name, String value) {}

    static RecordFields parse(String text) throws FormatException {
        List<Field> fields = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            String line = end < 0 ? text.substring(at) : text.substring(at, end);
            at = end < 0 ? text.length() : end + 1;
            if (line.isEmpty()) {
                if (fields.isEmpty()) {
                    continue;
                }
                break;
            }
            add(fields, line);
        }
        return new RecordFields(fields);
    }

    private static void add(List<Field> fields, String line) throws FormatException {
        char first = line.charAt(0);
        if (first == '#') {
            return;
        }
        if (first == '+' && !fields.isEmpty()) {
            Field last = fields.removeLast();
            String more = line.startsWith("+ ") ? line.substring(2) : line.substring(1);
            fields.add(new Field(last.name(), last.value() + "\n" + more));
            return;
        }
        int colon = line.indexOf(':');
        if (colon < 0 || !isNameStart(first)) {
            throw new FormatException("narinfo: 'Name: value' expected, found " + FormatException.quote(line));
        }
        if (fields.size() == MAX_FIELDS) {
            throw new FormatException("narinfo: more than " + MAX_FIELDS + " fields");
        }
        fields.add(new Field(line.substring(0, colon), withoutLeadingBlanks(line, colon + 1)));
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
