// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;

/**
 * The strict reader of NARs: bytes are fed to it as they come, cut anywhere, and it tells a {@link NarVisitor} what they
 * say.
 *
 * <p>It accepts what {@link NarWriter} writes and nothing else: padding is zero, names are safe and strictly increasing
 * by their UTF-8 bytes, nothing follows the end. A length is checked before anything of that length is kept; contents
 * of files are handed on from the caller's buffer. After an exception it is of no further use.
 */
public final class NarParser {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int LENGTH_BYTES = 8;

    private static final byte[] MAGIC = ascii("nix-archive-1");
    private static final byte[] OPEN = ascii("(");
    private static final byte[] CLOSE = ascii(")");
    private static final byte[] TYPE = ascii("type");
    private static final byte[] REGULAR = ascii("regular");
    private static final byte[] SYMLINK = ascii("symlink");
    private static final byte[] DIRECTORY = ascii("directory");
    private static final byte[] EXECUTABLE = ascii("executable");
    private static final byte[] CONTENTS = ascii("contents");
    private static final byte[] TARGET = ascii("target");
    private static final byte[] ENTRY = ascii("entry");
    private static final byte[] NAME = ascii("name");
    private static final byte[] NODE = ascii("node");
    private static final byte[] NOTHING = {};

    /** What the next string must be: as messages say it, and its longest length; 0 where the limits say that. */
    private enum Expected {
        MAGIC("'nix-archive-1'", 13),
        OPEN("'('", 1),
        TYPE("'type'", 4),
        KIND("'regular', 'symlink' or 'directory'", 9),
        REGULAR("'contents' or 'executable'", 10),
        EXECUTABLE("an empty string", 0),
        CONTENTS("'contents'", 8),
        SIZE("the contents of a file", 0),
        FILE_CLOSE("')'", 1),
        TARGET("'target'", 6),
        TARGET_VALUE("the target of a symlink", 0),
        SYMLINK_CLOSE("')'", 1),
        ENTRY("'entry' or ')'", 5),
        ENTRY_OPEN("'('", 1),
        NAME("'name'", 4),
        NAME_VALUE("the name of an entry", 0),
        NODE("'node'", 4),
        ENTRY_CLOSE("')'", 1),
        END("the end", 0);

        final String text;
        final int most;

        Expected(String text, int most) {
            this.text = text;
            this.most = most;
        }
    }

    private final NarLimits limits;
    private final NarVisitor visitor;

    private Expected expected = Expected.MAGIC;
    /** Bytes that came before the call of {@link #feed} that runs. */
    private long consumed;
    /** Where the string that is read begins, for messages. */
    private long position;
    private boolean broken;

    /** A string that did not come in one piece: its length and what is there of its bytes. */
    private byte[] partial = new byte[LENGTH_BYTES + 16];
    private int partialLength;

    private long contentsLeft;
    private int paddingLeft;
    private boolean executable;

    private int depth;
    /** The last name of each directory on the way down, at the length beside it; 0 before the first. */
    private byte[][] lastNames = new byte[8][];
    private int[] lastNameLengths = new int[8];

    public NarParser(NarLimits limits, NarVisitor visitor) {
        this.limits = limits;
        this.visitor = visitor;
    }

    /**
     * Takes the next bytes.
     *
     * @throws FormatException when they cannot be part of a NAR within the limits
     * @throws IOException when the visitor throws it
     */
    public void feed(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        enter();
        if (length > limits.size().bytes() - consumed) {
            throw new FormatException("NAR: longer than " + limits.size() + " bytes");
        }
        int end = offset + length;
        int at = offset;
        while (at < end) {
            if (expected == Expected.END) {
                throw new FormatException("NAR: bytes after its end at byte " + (consumed + (at - offset)));
            }
            if (contentsLeft > 0) {
                at = contents(buffer, at, end);
            } else if (paddingLeft > 0) {
                at = contentsPadding(buffer, at, end);
            } else {
                position = consumed + (at - offset) - partialLength;
                at = string(buffer, at, end);
            }
        }
        consumed += length;
        broken = false;
    }

    /**
     * Says that no more bytes come.
     *
     * @return the size of the NAR
     * @throws FormatException when it is not complete
     */
    public NarSize finish() throws FormatException {
        enter();
        if (!isComplete()) {
            String wanted = contentsLeft > 0 ? contentsLeft + " more bytes of a file" : expected.text;
            throw new FormatException("NAR: truncated after " + consumed + " bytes, where " + wanted
                    + " should follow");
        }
        broken = false;
        return new NarSize(consumed);
    }

    /** Whether the NAR has ended: then only {@link #finish} may follow. */
    public boolean isComplete() {
        return expected == Expected.END;
    }

    /** The number of bytes taken so far. */
    public long consumed() {
        return consumed;
    }

    private void enter() {
        if (broken) {
            throw new IllegalStateException("this NAR has failed already");
        }
        // Until the call has gone well.
        broken = true;
    }

    private int contents(byte[] buffer, int at, int end) throws IOException {
        int length = (int) Math.min(contentsLeft, end - at);
        visitor.contents(buffer, at, length);
        contentsLeft -= length;
        return at + length;
    }

    private int contentsPadding(byte[] buffer, int at, int end) throws FormatException {
        int length = Math.min(paddingLeft, end - at);
        checkZero(buffer, at, at + length);
        paddingLeft -= length;
        return at + length;
    }

    /** Reads one string, or what is there of it, and returns where the next begins. */
    private int string(byte[] buffer, int at, int end) throws IOException {
        if (partialLength > 0 || end - at < LENGTH_BYTES) {
            return stringInPieces(buffer, at, end);
        }
        long length = (long) LONG.get(buffer, at);
        int body = at + LENGTH_BYTES;
        if (expected == Expected.SIZE) {
            startContents(length);
            return body;
        }
        int padded = checkLength(length);
        if (end - body < padded) {
            return stringInPieces(buffer, at, end);
        }
        take(buffer, body, (int) length, padded);
        return body + padded;
    }

    private int stringInPieces(byte[] buffer, int at, int end) throws IOException {
        boolean lengthKnown = partialLength >= LENGTH_BYTES;
        int wanted = LENGTH_BYTES + (lengthKnown ? checkLength((long) LONG.get(partial, 0)) : 0);
        int length = Math.min(wanted - partialLength, end - at);
        System.arraycopy(buffer, at, partial, partialLength, length);
        partialLength += length;
        if (partialLength == wanted) {
            long announced = (long) LONG.get(partial, 0);
            if (expected == Expected.SIZE) {
                partialLength = 0;
                startContents(announced);
            } else {
                int padded = checkLength(announced);
                if (lengthKnown || padded == 0) {
                    partialLength = 0;
                    take(partial, LENGTH_BYTES, (int) announced, padded);
                } else if (partial.length < LENGTH_BYTES + padded) {
                    partial = Arrays.copyOf(partial, LENGTH_BYTES + padded);
                }
            }
        }
        return at + length;
    }

    /** Checks the announced length of a string against what may stand here; returns it with its padding. */
    private int checkLength(long length) throws FormatException {
        int most = expected.most;
        if (expected == Expected.NAME_VALUE) {
            most = limits.nameBytes();
        } else if (expected == Expected.TARGET_VALUE) {
            most = limits.targetBytes();
        }
        // A negative length is one of 2^63 or more.
        if (length < 0 || length > most) {
            throw new FormatException("NAR: a string of " + Long.toUnsignedString(length) + " bytes at byte " + position
                    + ", where " + expected.text + " should stand, of at most " + most + " bytes");
        }
        return ((int) length + 7) & ~7;
    }

    private void take(byte[] bytes, int offset, int length, int padded) throws IOException {
        checkZero(bytes, offset + length, offset + padded);
        switch (expected) {
            case MAGIC -> literal(MAGIC, bytes, offset, length, Expected.OPEN);
            case OPEN -> literal(OPEN, bytes, offset, length, Expected.TYPE);
            case TYPE -> literal(TYPE, bytes, offset, length, Expected.KIND);
            case KIND -> kind(bytes, offset, length);
            case REGULAR -> {
                executable = is(EXECUTABLE, bytes, offset, length);
                if (executable) {
                    expected = Expected.EXECUTABLE;
                } else {
                    literal(CONTENTS, bytes, offset, length, Expected.SIZE);
                }
            }
            case EXECUTABLE -> literal(NOTHING, bytes, offset, length, Expected.CONTENTS);
            case CONTENTS -> literal(CONTENTS, bytes, offset, length, Expected.SIZE);
            case FILE_CLOSE -> {
                literal(CLOSE, bytes, offset, length, afterNode());
                visitor.endFile();
            }
            case TARGET -> literal(TARGET, bytes, offset, length, Expected.TARGET_VALUE);
            case TARGET_VALUE -> {
                visitor.symlink(LinkTarget.parse(bytes, offset, length));
                expected = Expected.SYMLINK_CLOSE;
            }
            case SYMLINK_CLOSE -> literal(CLOSE, bytes, offset, length, afterNode());
            case ENTRY -> entryOrClose(bytes, offset, length);
            case ENTRY_OPEN -> literal(OPEN, bytes, offset, length, Expected.NAME);
            case NAME -> literal(NAME, bytes, offset, length, Expected.NAME_VALUE);
            case NAME_VALUE -> name(bytes, offset, length);
            case NODE -> literal(NODE, bytes, offset, length, Expected.OPEN);
            case ENTRY_CLOSE -> literal(CLOSE, bytes, offset, length, Expected.ENTRY);
            case SIZE, END -> throw new IllegalStateException("no string is taken here");
        }
    }

    private void literal(byte[] wanted, byte[] bytes, int offset, int length, Expected next) throws FormatException {
        if (!is(wanted, bytes, offset, length)) {
            throw unexpected(bytes, offset, length);
        }
        expected = next;
    }

    private static boolean is(byte[] wanted, byte[] bytes, int offset, int length) {
        return Arrays.equals(wanted, 0, wanted.length, bytes, offset, offset + length);
    }

    private FormatException unexpected(byte[] bytes, int offset, int length) {
        String found = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        return new FormatException("NAR: " + expected.text + " expected at byte " + position + ", found "
                + FormatException.quote(found));
    }

    private void kind(byte[] bytes, int offset, int length) throws IOException {
        if (is(REGULAR, bytes, offset, length)) {
            expected = Expected.REGULAR;
        } else if (is(SYMLINK, bytes, offset, length)) {
            expected = Expected.TARGET;
        } else {
            literal(DIRECTORY, bytes, offset, length, Expected.ENTRY);
            startDirectory();
        }
    }

    private void startDirectory() throws IOException {
        if (depth == limits.depth()) {
            throw new FormatException("NAR: directories nested more than " + limits.depth() + " deep at byte "
                    + position);
        }
        if (depth == lastNames.length) {
            lastNames = Arrays.copyOf(lastNames, 2 * depth);
            lastNameLengths = Arrays.copyOf(lastNameLengths, 2 * depth);
        }
        lastNameLengths[depth] = 0;
        depth++;
        visitor.startDirectory();
    }

    private void entryOrClose(byte[] bytes, int offset, int length) throws IOException {
        if (is(CLOSE, bytes, offset, length)) {
            depth--;
            expected = afterNode();
            visitor.endDirectory();
        } else {
            literal(ENTRY, bytes, offset, length, Expected.ENTRY_OPEN);
        }
    }

    private void name(byte[] bytes, int offset, int length) throws IOException {
        EntryName name = EntryName.parse(bytes, offset, length);
        byte[] last = lastNames[depth - 1];
        if (last == null) {
            last = new byte[EntryName.MAX_BYTES];
            lastNames[depth - 1] = last;
        }
        int order = Arrays.compareUnsigned(last, 0, lastNameLengths[depth - 1], bytes, offset, offset + length);
        if (order >= 0) {
            throw new FormatException("NAR: entry " + FormatException.quote(name.text())
                    + (order == 0 ? " stands twice" : " is out of order") + " at byte " + position);
        }
        System.arraycopy(bytes, offset, last, 0, length);
        lastNameLengths[depth - 1] = length;
        visitor.entry(name);
        expected = Expected.NODE;
    }

    private void startContents(long size) throws IOException {
        // A negative size is one of 2^63 or more.
        if (size < 0 || size > limits.size().bytes() - position) {
            throw new FormatException("NAR: a file of " + Long.toUnsignedString(size) + " bytes at byte " + position
                    + " of at most " + limits.size());
        }
        contentsLeft = size;
        paddingLeft = (int) (-size & 7);
        visitor.startFile(executable, size);
        expected = Expected.FILE_CLOSE;
    }

    private Expected afterNode() {
        return depth == 0 ? Expected.END : Expected.ENTRY_CLOSE;
    }

    private void checkZero(byte[] bytes, int from, int to) throws FormatException {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                throw new FormatException("NAR: padding that is not zero after the string at byte " + position);
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
