// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import java.io.IOException;
import org.jline.utils.NonBlockingReader;

/** A key that means something. */
enum Key {
    QUIT,
    PAUSE,
    NEXT_LIST,
    LIST_BEFORE,
    UP,
    DOWN,
    PAGE_UP,
    PAGE_DOWN,
    /** Another one, or none in that time. */
    NONE;

    /** Within which the rest of what one key sends comes; a bare escape key is followed by nothing. */
    private static final long REST_MILLIS = 50;
    private static final int INTERRUPT = 3;
    private static final int END_OF_INPUT = 4;
    private static final int ESCAPE = 27;

    /**
     * Waits for one.
     *
     * @throws IOException when the terminal is gone
     */
    static Key read(NonBlockingReader reader, long millis) throws IOException {
        int first = reader.read(Math.max(1, millis));
        return switch (first) {
            case NonBlockingReader.EOF, 'q', 'Q', INTERRUPT, END_OF_INPUT -> QUIT;
            case ' ' -> PAUSE;
            case '\t' -> NEXT_LIST;
            case 'k' -> UP;
            case 'j' -> DOWN;
            case ESCAPE -> escaped(reader);
            default -> NONE;
        };
    }

    /** Arrows and pages (ECMA-48, as xterm sends them): {@code ESC [ A}, or {@code ESC O A}; {@code ESC [ 5 ~}; Tab back is
     * {@code ESC [ Z}. */
    private static Key escaped(NonBlockingReader reader) throws IOException {
        int kind = reader.read(REST_MILLIS);
        if (kind != '[' && kind != 'O') {
            return NONE;
        }
        int which = reader.read(REST_MILLIS);
        int last = which;
        while (last >= ' ' && last < '@') {
            last = reader.read(REST_MILLIS);
        }
        return switch (which) {
            case 'A' -> UP;
            case 'B' -> DOWN;
            case 'Z' -> LIST_BEFORE;
            case '5' -> PAGE_UP;
            case '6' -> PAGE_DOWN;
            default -> NONE;
        };
    }
}
