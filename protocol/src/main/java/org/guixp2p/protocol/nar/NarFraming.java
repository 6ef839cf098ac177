// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes of a NAR other than the contents of files, appended piece by piece to a buffer that grows. It checks no
 * order: {@link NarWriter} does.
 */
public final class NarFraming {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final byte[] MAGIC = strings("nix-archive-1");
    private static final byte[] DIRECTORY = strings("(", "type", "directory");
    private static final byte[] SYMLINK = strings("(", "type", "symlink", "target");
    private static final byte[] REGULAR = strings("(", "type", "regular", "contents");
    private static final byte[] EXECUTABLE = strings("(", "type", "regular", "executable", "", "contents");
    private static final byte[] ENTRY = strings("entry", "(", "name");
    private static final byte[] NODE = strings("node");
    private static final byte[] CLOSE = strings(")");

    private byte[] bytes = new byte[512];
    private int length;

    /** The buffer itself: {@link #length} bytes of it count, until the next call. */
    public byte[] array() {
        return bytes;
    }

    public int length() {
        return length;
    }

    public void clear() {
        length = 0;
    }

    public void magic() {
        append(MAGIC);
    }

    public void startDirectory() {
        append(DIRECTORY);
    }

    public void endDirectory() {
        append(CLOSE);
    }

    /** Everything up to the contents. */
    public void startFile(boolean executable, long size) {
        append(executable ? EXECUTABLE : REGULAR);
        reserve(8);
        LONG.set(bytes, length, size);
        length += 8;
    }

    /** What follows contents of {@code size} bytes. */
    public void endFile(long size) {
        pad((int) (-size & 7));
        append(CLOSE);
    }

    public void symlink(byte[] target, int offset, int count) {
        append(SYMLINK);
        string(target, offset, count);
        append(CLOSE);
    }

    /** Opens an entry, up to its node. */
    public void startEntry(byte[] name, int offset, int count) {
        append(ENTRY);
        string(name, offset, count);
        append(NODE);
    }

    public void endEntry() {
        append(CLOSE);
    }

    private void string(byte[] source, int offset, int count) {
        reserve(8 + count);
        LONG.set(bytes, length, (long) count);
        System.arraycopy(source, offset, bytes, length + 8, count);
        length += 8 + count;
        pad(-count & 7);
    }

    private void append(byte[] piece) {
        reserve(piece.length);
        System.arraycopy(piece, 0, bytes, length, piece.length);
        length += piece.length;
    }

    private void pad(int count) {
        reserve(count);
        Arrays.fill(bytes, length, length + count, (byte) 0);
        length += count;
    }

    private void reserve(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }

    private static byte[] strings(String... strings) {
        NarFraming framing = new NarFraming();
        for (String string : strings) {
            byte[] ascii = string.getBytes(StandardCharsets.US_ASCII);
            framing.string(ascii, 0, ascii.length);
        }
        return Arrays.copyOf(framing.bytes, framing.length);
    }
}
