// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.FormatException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text file of the state directory: a first line that says what it is, others, and a last line, without which it is cut off. One that
 * makes no sense is set aside, and that is logged: a node does without. Blocks.
 */
final class StateLines {
    private static final Logger LOG = LoggerFactory.getLogger(StateLines.class);
    private static final String LAST = "end";

    private final Path file;
    private final String otherwise;
    private final int maxBytes;

    /** Makes something of what a file holds. */
    interface Decoder<T> {
        List<T> decode(byte[] content) throws FormatException;
    }

    /**
     * @param otherwise what follows when it cannot be read, for people
     * @param maxBytes how long it may be
     */
    StateLines(Path file, String otherwise, int maxBytes) {
        this.file = file;
        this.otherwise = otherwise;
        this.maxBytes = maxBytes;
    }

    /** What was kept; nothing when nothing was, or it makes no sense. */
    <T> List<T> read(Decoder<T> decoder) {
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

    /** @throws IOException when it cannot be written; what was kept before is as it was */
    void save(byte[] content) throws IOException {
        AtomicFiles.replace(file, content);
    }

    static byte[] encode(String first, Stream<String> lines) {
        StringBuilder text = new StringBuilder(first).append('\n');
        lines.forEach(line -> text.append(line).append('\n'));
        return text.append(LAST).append('\n').toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The lines between the first and the last. */
    static List<String> decode(String first, byte[] content, int maxBytes) throws FormatException {
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
