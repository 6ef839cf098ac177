// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.persistence.StateLines;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.FormatException;

/**
 * The file {@code mirrors}: a line a server, of its URL, microseconds until a narinfo comes, for each {@link SizeClass} microseconds until the
 * first byte and bytes a second, when it was heard from, how many narinfos it was asked for and had; and of narinfos, then of NARs: failures
 * in a row, the last fault, when, and until when it is left alone. Times are in milliseconds since the epoch.
 */
final class MirrorLines {
    static final int MAX_BYTES = 512 << 10;
    private static final String FIRST = "guix-p2p mirrors 1";
    private static final int WORDS = 19;
    /** The end of the year 9999. */
    private static final long LATEST = 253_402_300_799_999L;

    /** A server and what is known of it. */
    record Line(ServerUrl server, ServerRecord known) {}

    private MirrorLines() {}

    static byte[] encode(List<Line> lines) {
        return StateLines.encode(FIRST, lines.stream().map(MirrorLines::encode));
    }

    private static String encode(Line line) {
        ServerRecord known = line.known();
        StringBuilder text = new StringBuilder(line.server().toString());
        append(text, known.narinfoMicros());
        for (SizeClass size : SizeClass.values()) {
            append(text, known.pace(size).firstByteMicros(), known.pace(size).bytesPerSecond());
        }
        append(text, known.heard().toEpochMilli(), known.asked(), known.had());
        append(text, known.lookups());
        append(text, known.nars());
        return text.toString();
    }

    private static void append(StringBuilder text, long... numbers) {
        for (long number : numbers) {
            text.append(' ').append(number);
        }
    }

    private static void append(StringBuilder text, Trouble trouble) {
        append(text, trouble.failures());
        text.append(' ').append(trouble.fault());
        append(text, trouble.last().toEpochMilli(), trouble.until().toEpochMilli());
    }

    /**
     * Reads them.
     *
     * @throws FormatException when they make no sense, or there are more than {@code most}
     */
    static List<Line> decode(byte[] content, int most) throws FormatException {
        List<Line> all = new ArrayList<>();
        for (String line : StateLines.decode(FIRST, content, MAX_BYTES)) {
            if (all.size() == most) {
                throw new FormatException("more than " + most + " servers");
            }
            all.add(line(line));
        }
        return all;
    }

    private static Line line(String line) throws FormatException {
        String[] words = line.split(" ", -1);
        if (words.length != WORDS) {
            throw new FormatException(WORDS + " words expected, found " + FormatException.quote(line));
        }
        Map<SizeClass, ServerRecord.Pace> paces = new EnumMap<>(SizeClass.class);
        int at = 2;
        for (SizeClass size : SizeClass.values()) {
            paces.put(size, new ServerRecord.Pace(number(words[at], LATEST), number(words[at + 1], LATEST)));
            at += 2;
        }
        long asked = number(words[9], ServerRecord.MOST_ASKED);
        return new Line(ServerUrl.parse(words[0]), new ServerRecord(number(words[1], LATEST), paces, trouble(words, 11),
                trouble(words, 15), time(words[8]), asked, number(words[10], asked)));
    }

    private static Trouble trouble(String[] words, int at) throws FormatException {
        return new Trouble((int) number(words[at], Trouble.MOST), fault(words[at + 1]), time(words[at + 2]),
                time(words[at + 3]));
    }

    private static Fault fault(String word) throws FormatException {
        for (Fault fault : Fault.values()) {
            if (fault.name().equals(word)) {
                return fault;
            }
        }
        throw new FormatException("no fault: " + FormatException.quote(word));
    }

    private static Instant time(String word) throws FormatException {
        return Instant.ofEpochMilli(number(word, LATEST));
    }

    private static long number(String word, long most) throws FormatException {
        try {
            long number = Long.parseLong(word);
            if (number < 0 || number > most) {
                throw new FormatException("from 0 to " + most + " expected, found " + number);
            }
            return number;
        } catch (NumberFormatException e) {
            throw new FormatException("no number: " + FormatException.quote(word), e);
        }
    }
}
