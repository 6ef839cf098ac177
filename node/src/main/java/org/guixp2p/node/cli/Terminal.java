// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.util.Map;
import java.util.Optional;

/**
 * Who reads what a command says.
 *
 * @param answers what somebody types, when somebody is there
 * @param colour whether what is said may be coloured
 */
record Terminal(Optional<BufferedReader> answers, boolean colour) {
    /** A program, or a file. */
    static final Terminal NONE = new Terminal(Optional.empty(), false);

    /** That of this process, if it has one. */
    static Terminal ofProcess() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal)
                .map(console -> new Terminal(Optional.of(new BufferedReader(console.reader())),
                        wantsColour(System.getenv())))
                .orElse(NONE);
    }

    /** Unless the user said no (https://no-color.org), or the terminal can show none. */
    static boolean wantsColour(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /** {@code text} in a colour, where there are colours. */
    String paint(Colour colour, String text) {
        return this.colour ? "\u001b[" + colour.code + "m" + text + "\u001b[0m" : text;
    }

    /** Colours of ECMA-48. */
    enum Colour {
        GREEN(32), YELLOW(33), RED(31);

        private final int code;

        Colour(int code) {
            this.code = code;
        }
    }
}
