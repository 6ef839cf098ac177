// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.OptionalLong;
import org.guixp2p.protocol.FormatException;

/**
 * A line of the log that the daemon's clients read (Guix: {@code progress-reporter/trace} in {@code guix/progress.scm},
 * {@code guix/status.scm}). These three are a substituter's; all other lines with {@code @} are the daemon's own.
 */
public sealed interface TraceLine {
    /** Longest line: two long paths and two numbers. */
    int MAX_LENGTH = 10_000;

    /** The destination of the download, by which a client tells downloads apart. */
    Destination destination();

    /** Where it comes from, for show. */
    URI url();

    /**
     * A download begins.
     *
     * @param size bytes, when they are known before
     */
    record Started(Destination destination, URI url, OptionalLong size) implements TraceLine {
        @Override
        public String text() {
            return "@ download-started " + destination + " " + url + " " + orDash(size) + "\n";
        }
    }

    /**
     * A part of it is there.
     *
     * @param done bytes so far
     */
    record Progress(Destination destination, URI url, OptionalLong size, long done) implements TraceLine {
        /** Whether more is said to be there than there is in all. */
        boolean isBeyondItsSize() {
            return size.isPresent() && done > size.getAsLong();
        }

        @Override
        public String text() {
            return "@ download-progress " + destination + " " + url + " " + orDash(size) + " " + done + "\n";
        }
    }

    /**
     * It is over, or given up: there is no line for failure.
     *
     * @param size bytes
     */
    record Succeeded(Destination destination, URI url, long size) implements TraceLine {
        @Override
        public String text() {
            return "@ download-succeeded " + destination + " " + url + " " + size + "\n";
        }
    }

    /** The line and its newline. */
    String text();

    /**
     * Reads a line without its newline.
     *
     * @throws FormatException when it is none of the three, or not exactly as they are written
     */
    static TraceLine parse(String line) throws FormatException {
        if (line.length() > MAX_LENGTH) {
            throw new FormatException("trace: longer than " + MAX_LENGTH + " characters");
        }
        String[] words = line.split(" ", -1);
        String kind = words.length > 1 && words[0].equals("@") ? words[1] : "";
        return switch (kind) {
            case "download-started" -> {
                checkCount(words, 5);
                yield new Started(Destination.parse(words[2]), url(words[3]), sizeOrDash(words[4]));
            }
            case "download-progress" -> {
                checkCount(words, 6);
                yield new Progress(Destination.parse(words[2]), url(words[3]), sizeOrDash(words[4]), size(words[5]));
            }
            case "download-succeeded" -> {
                checkCount(words, 5);
                yield new Succeeded(Destination.parse(words[2]), url(words[3]), size(words[4]));
            }
            default -> throw new FormatException("trace: not a substituter's: " + FormatException.quote(line));
        };
    }

    private static void checkCount(String[] words, int expected) throws FormatException {
        if (words.length != expected) {
            throw new FormatException("trace: " + words[1] + " takes " + (expected - 2) + " words");
        }
    }

    private static URI url(String word) throws FormatException {
        // The JDK takes other letters for part of a URL, Guix's clients do not, and some of them turn a line around.
        if (!word.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new FormatException("trace: not a URL: " + FormatException.quote(word));
        }
        try {
            return new URI(word);
        } catch (URISyntaxException e) {
            throw new FormatException("trace: not a URL: " + FormatException.quote(word), e);
        }
    }

    private static OptionalLong sizeOrDash(String word) throws FormatException {
        return word.equals("-") ? OptionalLong.empty() : OptionalLong.of(size(word));
    }

    private static long size(String word) throws FormatException {
        if (word.isEmpty() || word.length() > 18 || !word.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new FormatException("trace: not a size: " + FormatException.quote(word));
        }
        return Long.parseLong(word);
    }

    private static String orDash(OptionalLong size) {
        return size.isPresent() ? Long.toString(size.getAsLong()) : "-";
    }
}
