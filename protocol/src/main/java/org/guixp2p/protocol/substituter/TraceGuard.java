// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a node, which nobody believes, and the log, whose lines the daemon's clients take for the daemon's own:
 * lets pass what one download may say, and drops the rest.
 *
 * <p>What passes: printable text with newlines, carriage returns and {@code ESC [ K} ("erase line"); and, where the
 * client wants traces, {@link TraceLine}s of the one destination, in order: a start when no download is open, progress
 * (up to the size, as a bar of more than 100% is an error in Guix's client) and an end when one is. A line begins after a newline or a carriage return, as clients see it. Bytes may come cut
 * anywhere. Not for use by several threads.
 */
public final class TraceGuard {
    private enum Where { LINE_START, TEXT, HELD, DROPPED, ESCAPE, SEQUENCE }

    private static final char ESC = 0x1b;
    private static final String ERASE_LINE = "\u001b[K";
    private static final int CHUNK = 4096;

    private final Destination destination;
    private final boolean traces;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE)
            .replaceWith("\u0000");
    /** Bytes of a character that is cut. */
    private byte[] cut = {};
    private Where where = Where.LINE_START;
    /** Where the text goes on after an escape sequence. */
    private Where afterEscape = Where.TEXT;
    private final StringBuilder held = new StringBuilder();
    /** Whether the control sequence under way has had no parameter yet. */
    private boolean bareSequence;
    private boolean midLine;
    private @Nullable TraceLine open;
    private long done;

    /**
     * A guard of one request.
     *
     * @param traces whether the client reads traces ({@link NixOptions#extendedTrace}); else no line with {@code @}
     *        passes
     */
    public TraceGuard(Destination destination, boolean traces) {
        this.destination = destination;
        this.traces = traces;
    }

    /** What of {@code bytes}, from position to limit, may be printed now; a line that begins with {@code @} waits. */
    public byte[] pass(ByteBuffer bytes) {
        ByteBuffer in = ByteBuffer.allocate(cut.length + bytes.remaining()).put(cut).put(bytes).flip();
        CharBuffer chars = CharBuffer.allocate(CHUNK);
        StringBuilder out = new StringBuilder();
        boolean more;
        do {
            more = decoder.decode(in, chars, false).isOverflow();
            chars.flip();
            while (chars.hasRemaining()) {
                take(chars.get(), out);
            }
            chars.clear();
        } while (more);
        cut = Arrays.copyOfRange(in.array(), in.position(), in.limit());
        return utf8(out);
    }

    /**
     * What is still to be printed when no more comes: the end of the line, the end of an open download. The guard begins
     * anew after it.
     */
    public byte[] close() {
        StringBuilder out = new StringBuilder();
        if (midLine) {
            out.append('\n');
        }
        if (open != null) {
            out.append(new TraceLine.Succeeded(destination, open.url(), done).text());
        }
        open = null;
        midLine = false;
        held.setLength(0);
        cut = new byte[0];
        where = Where.LINE_START;
        return utf8(out);
    }

    private static byte[] utf8(StringBuilder text) {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void take(char c, StringBuilder out) {
        switch (where) {
            case ESCAPE -> escape(c, out);
            case SEQUENCE -> sequence(c, out);
            case LINE_START, TEXT, HELD, DROPPED -> {
                if (c == '\n' || c == '\r') {
                    endLine(c, out);
                } else if (c == ESC) {
                    afterEscape = where;
                    where = Where.ESCAPE;
                } else if (isPrintable(c)) {
                    text(c, out);
                } else if (where == Where.HELD) {
                    drop();
                }
            }
        }
    }

    private void text(char c, StringBuilder out) {
        switch (where) {
            case LINE_START -> {
                if (c == '@') {
                    where = Where.HELD;
                    held.append(c);
                } else {
                    where = Where.TEXT;
                    print(c, out);
                }
            }
            case TEXT -> print(c, out);
            case HELD -> {
                held.append(c);
                if (held.length() > TraceLine.MAX_LENGTH) {
                    drop();
                }
            }
            case DROPPED, ESCAPE, SEQUENCE -> {
                // Nothing of a dropped line is printed, and the other two take no text.
            }
        }
    }

    private void print(char c, StringBuilder out) {
        midLine = true;
        out.append(c);
    }

    private void drop() {
        held.setLength(0);
        where = Where.DROPPED;
    }

    private void endLine(char c, StringBuilder out) {
        switch (where) {
            case HELD -> {
                // A carriage return would end the line for clients too, but no trace ends in one; and a trace that
                // does not stand at the start of its line is none to them.
                if (c == '\n' && !midLine) {
                    trace(held.toString(), out);
                }
            }
            case LINE_START, TEXT -> {
                out.append(c);
                midLine = c == '\r' && midLine;
            }
            case DROPPED, ESCAPE, SEQUENCE -> {
                // The end of a dropped line goes with it.
            }
        }
        held.setLength(0);
        where = Where.LINE_START;
    }

    private void trace(String line, StringBuilder out) {
        TraceLine trace;
        try {
            trace = TraceLine.parse(line);
        } catch (FormatException e) {
            return;
        }
        if (!traces || !trace.destination().equals(destination)) {
            return;
        }
        boolean passes = switch (trace) {
            case TraceLine.Started ignored -> open == null;
            case TraceLine.Progress progress -> open != null && !progress.isBeyondItsSize();
            case TraceLine.Succeeded ignored -> open != null;
        };
        if (passes) {
            out.append(trace.text());
            switch (trace) {
                case TraceLine.Started started -> {
                    open = started;
                    done = 0;
                }
                case TraceLine.Progress progress -> done = progress.done();
                case TraceLine.Succeeded ignored -> open = null;
            }
        }
    }

    private void escape(char c, StringBuilder out) {
        where = afterEscape;
        if (c == '[') {
            bareSequence = true;
            where = Where.SEQUENCE;
        } else {
            if (where == Where.HELD) {
                drop();
            }
            take(c, out);
        }
    }

    /** Takes the rest of a control sequence: digits and punctuation up to the letter that says what it does. */
    private void sequence(char c, StringBuilder out) {
        if (c >= 0x20 && c <= 0x3f) {
            bareSequence = false;
            return;
        }
        boolean eraseLine = c == 'K' && bareSequence;
        where = afterEscape;
        if (where == Where.HELD) {
            drop();
        }
        if (c < 0x40 || c > 0x7e) {
            take(c, out);
        } else if (eraseLine && where != Where.DROPPED) {
            out.append(ERASE_LINE);
            midLine = true;
        }
    }

    /** No control character, and none that turns the direction of text or joins it to what follows. */
    private static boolean isPrintable(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE, Character.UNASSIGNED ->
                false;
            default -> true;
        };
    }
}
