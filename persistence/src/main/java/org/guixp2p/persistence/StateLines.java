// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text file of the state directory: a first line that says what it is, others, and a last line, without which it is cut off. One that
 * makes no sense is set aside, and that is logged: a node does without. Blocks.
 */
public final class StateLines {
    private static final Logger LOG = LoggerFactory.getLogger(StateLines.class);
    private static final String LAST = "end";

    private final Path file;
    private final String otherwise;
    private final int maxBytes;

    /** Makes something of what a file holds. */
    public interface Decoder<T> {
        /**
         * Reads it.
         *
         * @throws FormatException when it makes no sense
         */
        List<T> decode(byte[] content) throws FormatException;
    }

    /**
     * That of a file, which need not be there.
     *
     * @param otherwise what follows when it cannot be read, for people
     * @param maxBytes how long it may be
     */
    public StateLines(Path file, String otherwise, int maxBytes) {
        this.file = file;
        this.otherwise = otherwise;
        this.maxBytes = maxBytes;
    }

    /** What was kept; nothing when nothing was, or it makes no sense. */
    public <T> List<T> read(Decoder<T> decoder) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return decoder.decode(content.readNBytes(maxBytes + 1));
        } catch (FormatException e) {
            LOG.warn("{} is damaged, and {}: {}", file, otherwise, e.getMessage());
            setAside();
        } catch (IOException e) {
            LOG.warn("{} cannot be read, and {}: {}", file, otherwise, e.getMessage());
        }
        return List.of();
    }

    private void setAside() {
        Path aside = file.resolveSibling(file.getFileName() + ".damaged");
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn("it is kept as {}", aside);
        } catch (IOException e) {
            LOG.warn("{} cannot be set aside: {}", file, e.getMessage());
        }
    }

    /**
     * Writes it.
     *
     * @throws IOException when it cannot be written; what was kept before is as it was
     */
    public void save(byte[] content) throws IOException {
        AtomicFiles.replace(file, content);
    }

    /** What a file holds of these lines. */
    public static byte[] encode(String first, Stream<String> lines) {
        StringBuilder text = new StringBuilder(first).append('\n');
        lines.forEach(line -> text.append(line).append('\n'));
        return text.append(LAST).append('\n').toString().getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * The lines between the first and the last.
     *
     * @throws FormatException when it is too long, or not from the first line to the last
     */
    public static List<String> decode(String first, byte[] content, int maxBytes) throws FormatException {
        if (content.length > maxBytes) {
            throw new FormatException("more than " + maxBytes + " bytes");
        }
        List<String> lines = List.of(new String(content, StandardCharsets.US_ASCII).split("\n", -1));
        int last = lines.size() - 2;
        if (last < 1 || !lines.getFirst().equals(first) || !lines.get(last).equals(LAST)
                || !lines.getLast().isEmpty()) {
            throw new FormatException("not from '" + first + "' to '" + LAST + "'");
        }
        return lines.subList(1, last);
    }
}
