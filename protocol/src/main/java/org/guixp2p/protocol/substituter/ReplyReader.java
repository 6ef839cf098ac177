// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.narinfo.Narinfo;

/**
 * Reads a substituter's replies as the daemon does (Guix: {@code nix/libstore/local-store.cc} and {@code build.cc}): for
 * whoever stands in for the daemon.
 */
public final class ReplyReader {
    /** A line holds at most two paths' worth. */
    private static final int MAX_LINE = 1024;

    private final LineReader lines;

    /** A reader of the substituter's file descriptor 4. */
    public ReplyReader(InputStream in) {
        this.lines = new LineReader(in, MAX_LINE);
    }

    /**
     * Reads the answer to {@code asked}.
     *
     * @throws FormatException when it names a path that was not asked for, or one twice, or ends too early
     */
    public HaveReply have(Command.Have asked) throws IOException {
        Set<StorePath> open = new HashSet<>(asked.paths());
        List<StorePath> paths = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            paths.add(expected(line, open));
        }
        return new HaveReply(paths);
    }

    /**
     * Reads the answer to {@code asked}.
     *
     * @throws FormatException when it names a path that was not asked for, or one twice, holds a malformed line, or ends
     *         too early
     */
    public InfoReply info(Command.Info asked) throws IOException {
        List<InfoReply.Item> items = new ArrayList<>();
        info(asked, items::add);
        return new InfoReply(items);
    }

    /** As {@link #info(Command.Info)}, for an answer that need not be in memory as a whole. */
    public void info(Command.Info asked, Consumer<InfoReply.Item> each) throws IOException {
        Set<StorePath> open = new HashSet<>(asked.paths());
        for (String line = line(); !line.isEmpty(); line = line()) {
            each.accept(item(expected(line, open)));
        }
    }

    /**
     * Reads the answer to {@code substitute}.
     *
     * @throws FormatException when it is malformed, or there is none
     */
    public SubstituteReply substitute() throws IOException {
        return SubstituteReply.parse(line());
    }

    private InfoReply.Item item(StorePath path) throws IOException {
        String deriver = line();
        Optional<StorePath> parsedDeriver = deriver.isEmpty()
                ? Optional.empty()
                : Optional.of(StorePath.parse(deriver));
        long count = NarSize.parse(line()).bytes();
        if (count > Narinfo.MAX_REFERENCES) {
            throw new FormatException("substituter: " + count + " references of " + path);
        }
        List<StorePath> references = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            references.add(StorePath.parse(line()));
        }
        FileSize downloadSize = FileSize.parse(line());
        NarSize narSize = NarSize.parse(line());
        return new InfoReply.Item(path, parsedDeriver, references,
                Optional.of(downloadSize).filter(size -> size.bytes() > 0),
                Optional.of(narSize).filter(size -> size.bytes() > 0));
    }

    private static StorePath expected(String line, Set<StorePath> open) throws FormatException {
        StorePath path = StorePath.parse(line);
        if (!open.remove(path)) {
            throw new FormatException("got unexpected path " + FormatException.quote(line) + " from substituter");
        }
        return path;
    }

    private String line() throws IOException {
        String line = lines.read();
        if (line == null) {
            throw new FormatException("substituter: it ended without a whole reply");
        }
        return line;
    }
}
