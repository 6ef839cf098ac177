// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what one side sends into messages, however its bytes arrive.
 *
 * <p>Bytes go in by one of the {@code fill} methods or {@link #feed}, messages come out of {@link #next}; {@link #read}
 * does both for a blocking source. The buffers of a message are views of what was read and are never written again, so
 * they may go to another thread. When {@code next} is asked until it gives null before more is filled in, memory held is
 * no more than twice what has come of the frame being read, above a floor of 256 KiB for NARs, or of 16 KiB for what
 * restorers send: a node has many of them waiting. After a large frame it is that floor again.
 *
 * <p>A malformed frame is final: the stream cannot be followed behind it, and every later call reports it again. Not
 * safe for use by several threads at once.
 */
public final class FrameDecoder<M extends BridgeMessage> {
    /** Bytes before a body: its length and the frame's type. */
    public static final int HEADER = 5;
    private static final int NODE_CHUNK = 1 << 18;
    private static final int RESTORER_CHUNK = 1 << 14;

    private final boolean fromRestorer;
    private final int chunkBytes;
    /** With less room the next read goes to a new chunk: small reads cost more than moving a part of a frame. */
    private final int little;
    private final BodyReader<M> bodies;
    private byte[] chunk = new byte[0];
    private int start;
    private int end;
    private @Nullable FormatException broken;

    private FrameDecoder(boolean fromRestorer, BodyReader<M> bodies) {
        this.fromRestorer = fromRestorer;
        this.chunkBytes = fromRestorer ? RESTORER_CHUNK : NODE_CHUNK;
        this.little = chunkBytes / 4;
        this.bodies = bodies;
    }

    /** For the node: reads what a restorer sends. */
    public static FrameDecoder<FromRestorer> ofRestorer() {
        return new FrameDecoder<>(true, FrameBody::fromRestorer);
    }

    /** For a restorer: reads what the node sends. */
    public static FrameDecoder<FromNode> ofNode() {
        return new FrameDecoder<>(false, FrameBody::fromNode);
    }

    /**
     * The next message whose bytes have all come, or null when more are needed.
     *
     * @throws FormatException at an unknown type, a type of the other side, a length above its type's limit (told from the
     *         header, before any of the body came) or a malformed body
     */
    public @Nullable M next() throws FormatException {
        if (broken != null) {
            throw new FormatException(String.valueOf(broken.getMessage()), broken);
        }
        try {
            return decode();
        } catch (FormatException e) {
            broken = e;
            chunk = new byte[0];
            start = 0;
            end = 0;
            throw e;
        }
    }

    private @Nullable M decode() throws FormatException {
        if (end - start < HEADER) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(chunk);
        FrameType type = type(chunk[start + 4]);
        int length = length(type, bytes.getInt(start));
        if (end - start - HEADER < length) {
            return null;
        }
        ByteBuffer body = bytes.slice(start + HEADER, length);
        M message = bodies.read(type, body);
        start += HEADER + length;
        if (chunk.length > chunkBytes && end - start <= chunkBytes) {
            // A large frame is over, and such are rare.
            chunk = Arrays.copyOfRange(chunk, start, end);
            end -= start;
            start = 0;
        }
        return message;
    }

    /** The memory held for what has come and was not asked for, in bytes. */
    int held() {
        return chunk.length;
    }

    private FrameType type(byte code) throws FormatException {
        FrameType type = FrameType.of(code & 0xff);
        if (type == null) {
            throw new FormatException("bridge: unknown frame type " + (code & 0xff));
        }
        if (type.isFromRestorer() != fromRestorer) {
            throw FrameBody.wrongSide(type);
        }
        return type;
    }

    private static int length(FrameType type, int length) throws FormatException {
        if (length < 0 || length > type.maxLength()) {
            throw new FormatException("bridge: a '" + type + "' frame of " + Integer.toUnsignedString(length)
                    + " bytes, above the limit of " + type.maxLength());
        }
        return length;
    }

    /** Whether some bytes of a frame, but not all, have come: then an end of the stream is a broken connection. */
    public boolean holdsPart() {
        return end > start;
    }

    /** After {@link #next} gave null: how long the body of the frame is whose header, but not all, has come; else 0. */
    public int announced() {
        return end - start < HEADER ? 0 : ByteBuffer.wrap(chunk).getInt(start);
    }

    /**
     * Reads once from a channel.
     *
     * @return the number of bytes that came; 0 only from a non-blocking channel; -1 at the end of the stream
     */
    public int fill(ReadableByteChannel channel) throws IOException {
        makeRoom();
        int count = channel.read(ByteBuffer.wrap(chunk, end, chunk.length - end));
        end += Math.max(count, 0);
        return count;
    }

    /**
     * Reads once from a stream.
     *
     * @return the number of bytes that came, or -1 at the end of the stream
     */
    public int fill(InputStream stream) throws IOException {
        makeRoom();
        int count = stream.read(chunk, end, chunk.length - end);
        end += Math.max(count, 0);
        return count;
    }

    /** Takes bytes that were read elsewhere, copying as many as there is room for; call again when some remain. */
    public void feed(ByteBuffer bytes) {
        makeRoom();
        int count = Math.min(bytes.remaining(), chunk.length - end);
        bytes.get(chunk, end, count);
        end += count;
    }

    /**
     * The next message from a blocking stream, or null when it ended between two frames.
     *
     * @throws FormatException as {@link #next}
     * @throws EOFException when the stream ends within a frame
     */
    public @Nullable M read(InputStream stream) throws IOException {
        while (true) {
            M message = next();
            if (message != null) {
                return message;
            }
            if (fill(stream) < 0) {
                return atEnd();
            }
        }
    }

    /**
     * The next message from a blocking channel, or null when it ended between two frames.
     *
     * @throws FormatException as {@link #next}
     * @throws EOFException when the stream ends within a frame
     */
    public @Nullable M read(ReadableByteChannel channel) throws IOException {
        while (true) {
            M message = next();
            if (message != null) {
                return message;
            }
            if (fill(channel) < 0) {
                return atEnd();
            }
        }
    }

    private @Nullable M atEnd() throws EOFException {
        if (holdsPart()) {
            throw new EOFException("bridge: the connection ended within a frame");
        }
        return null;
    }

    /** Turns to a new array when the current one is nearly full: messages may still be looking at its bytes. */
    private void makeRoom() {
        if (chunk.length - end >= little) {
            return;
        }
        int held = end - start;
        byte[] next = new byte[Math.max(chunkBytes, 2 * held)];
        System.arraycopy(chunk, start, next, 0, held);
        chunk = next;
        start = 0;
        end = held;
    }

    /** Makes a message of a body. */
    @FunctionalInterface
    private interface BodyReader<M> {
        M read(FrameType type, ByteBuffer body) throws FormatException;
    }
}
