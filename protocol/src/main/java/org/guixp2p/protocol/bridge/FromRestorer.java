// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/** What a restorer says to the node. */
public sealed interface FromRestorer extends BridgeMessage {
    /** What the daemon started the restorer for. */
    enum Mode {
        /** {@code have} and {@code info}. */
        QUERY("query"),
        /** {@code substitute}. */
        SUBSTITUTE("substitute");

        private final String word;

        Mode(String word) {
            this.word = word;
        }

        static Mode parse(String word) throws FormatException {
            for (Mode mode : values()) {
                if (mode.word.equals(word)) {
                    return mode;
                }
            }
            throw new FormatException("hello: mode 'query' or 'substitute' expected, found "
                    + FormatException.quote(word));
        }

        /** The word on the wire, which is also the restorer's option without its dashes. */
        @Override
        public String toString() {
            return word;
        }
    }

    /**
     * Tells one daemon process (a client's connection has one) from another that got the same number later.
     *
     * @param pid process id, positive
     * @param start start time in clock ticks since boot, field 22 of {@code /proc/PID/stat}
     */
    record Daemon(long pid, long start) {
        private static final int MAX_DIGITS = 18;

        public Daemon {
            if (pid <= 0 || start < 0) {
                throw new IllegalArgumentException("not a process: " + pid + ":" + start);
            }
        }

        static Daemon parse(String text) throws FormatException {
            int colon = text.indexOf(':');
            long pid = colon < 0 ? -1 : number(text, 0, colon);
            long start = colon < 0 ? -1 : number(text, colon + 1, text.length());
            if (pid <= 0 || start < 0) {
                throw new FormatException("hello: daemon: PID:START expected, found " + FormatException.quote(text));
            }
            return new Daemon(pid, start);
        }

        private static long number(String text, int from, int to) {
            if (from >= to || to - from > MAX_DIGITS) {
                return -1;
            }
            long value = 0;
            for (int i = from; i < to; i++) {
                char c = text.charAt(i);
                if (c < '0' || c > '9') {
                    return -1;
                }
                value = value * 10 + (c - '0');
            }
            return value;
        }

        /** {@code PID:START}. */
        @Override
        public String toString() {
            return pid + ":" + start;
        }
    }

    /**
     * The first frame, sent once.
     *
     * @param version of the protocol; {@link BridgeMessage#VERSION} from this implementation
     * @param daemon the parent process, where the restorer could find it out
     * @param nixOptions the text of {@code _NIX_OPTIONS}, as it stands in the environment
     */
    record Hello(int version, Mode mode, @Nullable Daemon daemon, String nixOptions) implements FromRestorer {
        public Hello {
            if (version <= 0) {
                throw new IllegalArgumentException("version " + version);
            }
        }

        @Override
        public FrameType type() {
            return FrameType.HELLO;
        }
    }

    /**
     * A request: {@code have …}, {@code info …} or {@code substitute PATH DEST}.
     *
     * @param line what the daemon wrote, without its newline; not empty, no newline or NUL in it
     */
    record Command(String line) implements FromRestorer {
        public Command {
            if (!isLine(line)) {
                throw new IllegalArgumentException("not one line: " + FormatException.quote(line));
            }
        }

        static boolean isLine(String text) {
            return !text.isEmpty() && text.indexOf('\n') < 0 && text.indexOf('\0') < 0;
        }

        @Override
        public FrameType type() {
            return FrameType.COMMAND;
        }
    }

    /**
     * What became of a {@code substitute} whose NAR was sent.
     *
     * @param restored whether it was restored and verified; else it was refused
     * @param note for the node's log
     */
    record Result(boolean restored, String note) implements FromRestorer {
        @Override
        public FrameType type() {
            return FrameType.RESULT;
        }
    }
}
