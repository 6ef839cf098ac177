// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Writes the NAR of the tree that it is told: the inverse of {@link NarParser}. Whoever tells it a node out of turn,
 * names out of order, or other contents than announced, gets an {@link IllegalStateException}.
 */
public final class NarWriter implements NarVisitor {
    private static final int FLUSH_BYTES = 32 * 1024;

    private enum Turn {
        NODE, ENTRY, CONTENTS, END
    }

    private final OutputStream out;
    private final NarFraming framing = new NarFraming();
    /** The directories that are open, the innermost first, each with its last name. */
    private final Deque<Level> levels = new ArrayDeque<>();
    private Turn turn = Turn.NODE;
    private long size;
    private long left;
    private long written;

    private static final class Level {
        @Nullable
        EntryName last;
    }

    /** Writes to {@code out}, and never closes it. */
    public NarWriter(OutputStream out) {
        this.out = out;
        framing.magic();
    }

    @Override
    public void startDirectory() throws IOException {
        require(Turn.NODE);
        framing.startDirectory();
        levels.push(new Level());
        turn = Turn.ENTRY;
    }

    @Override
    public void entry(EntryName name) throws IOException {
        require(Turn.ENTRY);
        Level level = levels.element();
        if (level.last != null && level.last.compareTo(name) >= 0) {
            throw new IllegalStateException("NAR: entry " + name + " after " + level.last);
        }
        level.last = name;
        byte[] utf8 = name.utf8();
        framing.startEntry(utf8, 0, utf8.length);
        turn = Turn.NODE;
    }

    @Override
    public void endDirectory() throws IOException {
        require(Turn.ENTRY);
        levels.remove();
        framing.endDirectory();
        endNode();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        require(Turn.NODE);
        if (size < 0) {
            throw new IllegalArgumentException("NAR: a file of " + size + " bytes");
        }
        framing.startFile(executable, size);
        this.size = size;
        left = size;
        turn = Turn.CONTENTS;
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        require(Turn.CONTENTS);
        if (length > left) {
            throw new IllegalStateException("NAR: more contents than announced");
        }
        drain();
        out.write(buffer, offset, length);
        written += length;
        left -= length;
    }

    @Override
    public void endFile() throws IOException {
        require(Turn.CONTENTS);
        if (left > 0) {
            throw new IllegalStateException("NAR: fewer contents than announced");
        }
        framing.endFile(size);
        endNode();
    }

    @Override
    public void symlink(LinkTarget target) throws IOException {
        require(Turn.NODE);
        byte[] utf8 = target.utf8();
        framing.symlink(utf8, 0, utf8.length);
        endNode();
    }

    /**
     * Writes what is still held back and flushes the stream.
     *
     * @return the size of the NAR in bytes
     */
    public long finish() throws IOException {
        require(Turn.END);
        drain();
        out.flush();
        return written;
    }

    private void endNode() throws IOException {
        if (levels.isEmpty()) {
            turn = Turn.END;
        } else {
            framing.endEntry();
            turn = Turn.ENTRY;
        }
        if (framing.length() >= FLUSH_BYTES) {
            drain();
        }
    }

    private void drain() throws IOException {
        out.write(framing.array(), 0, framing.length());
        written += framing.length();
        framing.clear();
    }

    private void require(Turn wanted) {
        if (turn != wanted) {
            throw new IllegalStateException("NAR: " + wanted + " told where " + turn + " was due");
        }
    }
}
