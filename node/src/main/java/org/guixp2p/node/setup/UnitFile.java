// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads systemd's unit files ({@code systemd.syntax(7)}) as far as is needed to see what they assign. */
final class UnitFile {
    /**
     * One line of a unit.
     *
     * @param section without brackets
     */
    record Assignment(String section, String key, String value) {}

    private UnitFile() {}

    /** Every assignment in order, lines continued by a backslash joined; lines that are none are passed over. */
    static List<Assignment> parse(String text) {
        List<Assignment> assignments = new ArrayList<>();
        String section = "";
        StringBuilder begun = new StringBuilder();
        for (String raw : text.lines().toList()) {
            String line = raw.strip();
            if (line.startsWith("#") || line.startsWith(";")) {
                continue; // inside a continued line, too
            }
            if (line.endsWith("\\")) {
                begun.append(line, 0, line.length() - 1).append(' ');
                continue;
            }
            String whole = begun.append(line).toString().strip();
            begun.setLength(0);
            int equals = whole.indexOf('=');
            if (whole.startsWith("[") && whole.endsWith("]")) {
                section = whole.substring(1, whole.length() - 1);
            } else if (equals > 0) {
                assignments.add(new Assignment(section, whole.substring(0, equals).strip(),
                        whole.substring(equals + 1).strip()));
            }
        }
        return assignments;
    }

    /** The words of a value: separated by blanks, quoted by either quote, a backslash before a character that is meant. */
    static List<String> words(String value) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\' && i + 1 < value.length()) {
                word.append(value.charAt(++i));
                inWord = true;
            } else if (quote != 0 && c == quote) {
                quote = 0;
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
                inWord = true;
            } else if (quote == 0 && Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                }
                word.setLength(0);
                inWord = false;
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }

    /** A program of {@code ExecStart=}, where a dollar sign begins a variable too. */
    static String command(Path program) {
        return quote(program.toString()).replace("$", "$$");
    }

    /** {@code value} as one quoted word, its percent signs not expanded. */
    static String quote(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%") + '"';
    }
}
