// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a node, which nobody believes, and the log, whose lines the daemon's clients take for the daemon's own:
 * lets pass what one download may say, and drops the rest.
 *
 * <p>Where the client wants traces, these are empty lines and {@link TraceLine}s of the one destination, in order: a start
 * when no download is open, progress (up to the size: a bar of more than 100% is an error in
 * Guix's client) and an end when one is. Where it does not, these are the lines of a progress bar:
 * printable text with newlines and carriage returns, after each of which the terminal's line is erased, so that nothing
 * can be put together from two of them; but no line that begins with {@code @}, or as this side's own messages do. Either
 * way so many characters pass, and so many more a second. Bytes may come cut anywhere. Not for use by several threads.
 */
public final class TraceGuard {
    /** Characters that pass at once, and for each second more: ten times what an honest bar takes. */
    static final int MOST_AT_ONCE = 65_536;
    static final int MOST_PER_SECOND = 16_384;

    private enum Where { LINE_START, PREFIX, TEXT, HELD, DROPPED }

    private static final String ERASE_LINE = "\u001b[K";
    /** How messages begin that are not the node's: this side's, and what the daemon relays of a query. */
    private static final List<String> OURS = List.of("guix-p2p:", "substitute:");
    private static final int MAX_INDENT = 256;
    private static final int CHUNK = 4096;
    private static final double NANOS = 1e9;

    private final Destination destination;
    private final boolean traces;
    private final LongSupplier nanoTime;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** Bytes of a character that is cut. */
    private byte[] cut = {};
    private Where where = Where.LINE_START;
    private final StringBuilder held = new StringBuilder();
    /** How much of {@link #ERASE_LINE} has come after a carriage return; negative when it cannot come. */
    private int erasing = -1;
    /** Whether something of the line under way has been printed. */
    private boolean begun;
    private boolean midLine;
    private double allowance = MOST_AT_ONCE;
    private long asOf;
    private @Nullable TraceLine open;
    private long done;

    /**
     * A guard of one request.
     *
     * @param traces whether the client reads traces ({@link NixOptions#extendedTrace}); else it shows people what passes
     */
    public TraceGuard(Destination destination, boolean traces) {
        this(destination, traces, System::nanoTime);
    }

    TraceGuard(Destination destination, boolean traces, LongSupplier nanoTime) {
        this.destination = destination;
        this.traces = traces;
        this.nanoTime = nanoTime;
        this.asOf = nanoTime.getAsLong();
    }

    /** What of {@code bytes}, from position to limit, may be printed now; the beginning of a line may wait. */
    public byte[] pass(ByteBuffer bytes) {
        ByteBuffer in = ByteBuffer.allocate(cut.length + bytes.remaining()).put(cut).put(bytes).flip();
        CharBuffer chars = CharBuffer.allocate(CHUNK);
        StringBuilder out = new StringBuilder();
        boolean more;
        do {
            more = decoder.decode(in, chars, false).isOverflow();
            chars.flip();
            while (chars.hasRemaining()) {
                int c = Character.codePointAt(chars, 0);
                chars.position(chars.position() + Character.charCount(c));
                take(c, out);
            }
            chars.clear();
        } while (more);
        cut = Arrays.copyOfRange(in.array(), in.position(), in.limit());
        return utf8(out);
    }

    /**
     * What is still to be printed when no more comes: the end of the line, the end of an open download with the empty line
     * that ends the client's bar. The guard begins anew after it.
     */
    public byte[] close() {
        StringBuilder out = new StringBuilder();
        if (midLine) {
            out.append('\n');
        }
        if (open != null) {
            out.append(new TraceLine.Succeeded(destination, open.url(), done).text()).append('\n');
        }
        open = null;
        midLine = false;
        begun = false;
        erasing = -1;
        held.setLength(0);
        cut = new byte[0];
        where = Where.LINE_START;
        return utf8(out);
    }

    private static byte[] utf8(StringBuilder text) {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void take(int c, StringBuilder out) {
        if (erasing >= 0) {
            // The carriage return has done that already.
            if (c == ERASE_LINE.charAt(erasing)) {
                erasing = erasing + 1 == ERASE_LINE.length() ? -1 : erasing + 1;
                return;
            }
            boolean bracket = erasing == 2;
            erasing = -1;
            if (bracket) {
                take('[', out);
            }
        }
        if (c == '\n' || c == '\r') {
            endLine(c, out);
        } else if (isPrintable(c)) {
            text(c, out);
        } else if (traces) {
            drop();
        }
    }

    private void text(int c, StringBuilder out) {
        switch (where) {
            case LINE_START -> {
                if ((c == '@') == traces && affords(0)) {
                    where = traces ? Where.HELD : Where.PREFIX;
                    text(c, out);
                } else {
                    drop();
                }
            }
            case PREFIX -> {
                held.appendCodePoint(c);
                judge(out);
            }
            case TEXT -> print(new StringBuilder().appendCodePoint(c), out);
            case HELD -> {
                held.appendCodePoint(c);
                if (held.length() > TraceLine.MAX_LENGTH) {
                    drop();
                }
            }
            case DROPPED -> {
                // Nothing of a dropped line is printed.
            }
        }
    }

    /** Prints the held beginning of a line as soon as it cannot become one of ours, whatever its case and indent. */
    private void judge(StringBuilder out) {
        String start = withoutIndent(held).toLowerCase(Locale.ROOT);
        boolean mayBecomeOurs = false;
        for (String ours : OURS) {
            if (ours.equals(start) || held.length() > MAX_INDENT) {
                drop();
                return;
            }
            mayBecomeOurs |= ours.startsWith(start);
        }
        if (!mayBecomeOurs) {
            printHeld(out);
        }
    }

    private static String withoutIndent(StringBuilder line) {
        int at = 0;
        while (at < line.length() && Character.getType(line.charAt(at)) == Character.SPACE_SEPARATOR) {
            at++;
        }
        return line.substring(at);
    }

    private void printHeld(StringBuilder out) {
        where = Where.TEXT;
        StringBuilder text = new StringBuilder(held);
        held.setLength(0);
        print(text, out);
    }

    private void print(StringBuilder text, StringBuilder out) {
        if (affords(text.codePointCount(0, text.length()))) {
            begun = true;
            midLine = true;
            out.append(text);
        } else {
            drop();
        }
    }

    /** Whether so many characters may be printed now; counts them when they may. */
    private boolean affords(int characters) {
        long now = nanoTime.getAsLong();
        allowance = Math.min(MOST_AT_ONCE, allowance + (now - asOf) / NANOS * MOST_PER_SECOND);
        asOf = now;
        if (characters > allowance || allowance < 1) {
            return false;
        }
        allowance -= characters;
        return true;
    }

    private void drop() {
        held.setLength(0);
        where = Where.DROPPED;
    }

    private void endLine(int c, StringBuilder out) {
        if (where == Where.PREFIX) {
            printHeld(out);
        }
        switch (where) {
            case HELD -> {
                // A carriage return would end the line for clients too, but no trace ends in one.
                if (c == '\n') {
                    trace(held.toString(), out);
                }
            }
            case LINE_START, TEXT -> {
                if ((c == '\n' || !traces) && (begun || affords(1))) {
                    allowance -= begun ? 1 : 0; // it was begun, and must be ended
                    out.append(c == '\n' ? "\n" : "\r" + ERASE_LINE);
                    midLine = c == '\r';
                    erasing = c == '\r' ? 0 : -1;
                }
            }
            case DROPPED -> {
                // The end of a dropped line goes with it; but what was printed of it must not become the beginning of another.
                if (begun) {
                    allowance--;
                    out.append('\n');
                    midLine = false;
                }
            }
            case PREFIX -> throw new AssertionError("it has been printed or dropped");
        }
        begun = false;
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
        // A client fails on a URL that is none, as Guile reads it.
        String url = trace.url().toString();
        if (!traces || !trace.destination().equals(destination) || !trace.url().isAbsolute()
                || !url.equals(trace.url().toASCIIString())) {
            return;
        }
        boolean passes = switch (trace) {
            case TraceLine.Started ignored -> open == null;
            case TraceLine.Progress progress -> open != null && !progress.isBeyondItsSize();
            case TraceLine.Succeeded ignored -> open != null;
        };
        if (passes && (trace instanceof TraceLine.Succeeded || affords(trace.text().length()))) {
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

    /** No control character, and none that turns the direction of text or joins it to what follows. */
    private static boolean isPrintable(int c) {
        return c != 0xfffd && switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE, Character.UNASSIGNED ->
                false;
            default -> true;
        };
    }
}
