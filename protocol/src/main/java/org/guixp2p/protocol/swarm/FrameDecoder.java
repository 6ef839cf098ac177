// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.nio.ByteBuffer;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into messages. It allocates what the next part of a frame takes, once that is known to be within
 * its limit, and offers it to be read into: a block's bytes go from the transport to where they stay.
 *
 * <p>Use: put bytes into {@link #space}, then call {@link #advance}; or let {@link #decode} do both. Frames of types that are
 * not known are skipped. After an exception the stream has no meaning any more. For one thread.
 */
public final class FrameDecoder {
    private enum Part {
        HEAD, CONTROL_BODY, BLOCK_HEAD, BLOCK_BODY, UNKNOWN_BODY
    }

    private Part part = Part.HEAD;
    private ByteBuffer space = ByteBuffer.allocate(FrameType.HEAD);
    private FrameType type = FrameType.HELLO;
    private int bodyLength;
    /** Whether nobody knows yet who sends. */
    private boolean stranger;
    private boolean light;

    // Of the block that is being read.
    private int id;
    private int index;
    private BlockPayload.Encoding encoding = BlockPayload.Encoding.RAW;
    private int rawLength;

    /** For a stream that begins with a hello: until there is a message, no frame may be larger than control frames are. */
    public static FrameDecoder ofStranger() {
        FrameDecoder decoder = new FrameDecoder();
        decoder.stranger = true;
        return decoder;
    }

    /** From now on a frame with a block, or with a page of a manifest, is an error: nothing as large is to be read. */
    public void refuseLarge() {
        light = true;
    }

    /** Where the next bytes of the stream belong; never full. */
    public ByteBuffer space() {
        return space;
    }

    /** Whether a frame has begun and not ended: a stream that ends now is cut off. */
    public boolean midFrame() {
        return part != Part.HEAD || space.position() > 0;
    }

    /** Whether the next bytes are a block's. */
    public boolean inBlock() {
        return part == Part.BLOCK_BODY;
    }

    /**
     * Looks at what was put into {@link #space}.
     *
     * @return a message, when its frame is complete
     * @throws FormatException when the frame is none, or larger than its type may be
     */
    public @Nullable SwarmMessage advance() throws FormatException {
        if (space.hasRemaining()) {
            return null;
        }
        return switch (part) {
            case HEAD -> head();
            case CONTROL_BODY -> {
                byte[] body = space.array();
                stranger = false;
                nextFrame();
                yield ControlReader.read(type, body);
            }
            case BLOCK_HEAD -> {
                blockHead();
                yield null;
            }
            case BLOCK_BODY -> {
                byte[] bytes = space.array();
                nextFrame();
                yield block(bytes);
            }
            case UNKNOWN_BODY -> {
                nextFrame();
                yield null;
            }
        };
    }

    /**
     * Takes bytes until they make a message or there are no more; those after it stay for the next call.
     *
     * @return a message, or null when {@code bytes} is empty
     * @throws FormatException as {@link #advance}
     */
    public @Nullable SwarmMessage decode(ByteBuffer bytes) throws FormatException {
        while (bytes.hasRemaining()) {
            int length = Math.min(space.remaining(), bytes.remaining());
            space.put(space.position(), bytes, bytes.position(), length);
            space.position(space.position() + length);
            bytes.position(bytes.position() + length);
            SwarmMessage message = advance();
            if (message != null) {
                return message;
            }
        }
        return null;
    }

    private @Nullable SwarmMessage head() throws FormatException {
        long length = Integer.toUnsignedLong(space.getInt(0));
        int code = Byte.toUnsignedInt(space.get(4));
        FrameType found = FrameType.ofCode(code);
        int most = found == null || stranger ? FrameType.CONTROL : found.longestBody();
        String what = found == null ? "frame of type " + code : found.toString();
        if (length == 0) {
            throw new FormatException(what + ": a frame without a type");
        }
        if (length - 1 > most) {
            throw new FormatException(what + ": a body of " + (length - 1) + " bytes, at most " + most + " allowed");
        }
        if (light && (found == FrameType.BLOCK || found == FrameType.MANIFEST_PAGE)) {
            throw new FormatException(what + ": not in a light session");
        }
        bodyLength = (int) length - 1;
        if (found == null) {
            if (bodyLength == 0) {
                nextFrame();
            } else {
                expect(Part.UNKNOWN_BODY, bodyLength);
            }
            return null;
        }
        type = found;
        if (type == FrameType.BLOCK) {
            if (bodyLength <= FrameType.BLOCK_HEAD) {
                throw new FormatException("block: a body of " + bodyLength + " bytes has no block");
            }
            expect(Part.BLOCK_HEAD, FrameType.BLOCK_HEAD);
        } else {
            if (bodyLength == 0) {
                throw new FormatException(type + ": no body");
            }
            expect(Part.CONTROL_BODY, bodyLength);
        }
        return null;
    }

    private void blockHead() throws FormatException {
        id = space.getInt(0);
        index = space.getInt(4);
        int code = Byte.toUnsignedInt(space.get(8));
        rawLength = space.getInt(9);
        int wireLength = bodyLength - FrameType.BLOCK_HEAD;
        if (index < 0 || index >= BlockLayout.MAX_BLOCKS) {
            throw new FormatException("block: number out of range: " + Integer.toUnsignedString(index));
        }
        BlockPayload.Encoding found = BlockPayload.Encoding.ofCode(code);
        if (found == null) {
            throw new FormatException("block: encoding " + code + " is not known");
        }
        if (found == BlockPayload.Encoding.ZSTD_PREFIXED && index == 0) {
            throw new FormatException("block: encoding " + code + " of the first, which has no blocks before it");
        }
        encoding = found;
        boolean fits = rawLength > 0 && rawLength <= BlockLayout.BLOCK_BYTES && switch (encoding) {
            case RAW -> wireLength == rawLength;
            case ZSTD, ZSTD_PREFIXED -> wireLength < rawLength;
        };
        if (!fits) {
            throw new FormatException("block: " + wireLength + " bytes cannot be "
                    + Integer.toUnsignedString(rawLength) + " bytes " + encoding);
        }
        expect(Part.BLOCK_BODY, wireLength);
    }

    private SwarmMessage block(byte[] bytes) {
        return new SwarmMessage.Block(new RequestId(id), index, BlockPayload.of(encoding, rawLength, bytes));
    }

    private void nextFrame() {
        expect(Part.HEAD, FrameType.HEAD);
    }

    private void expect(Part next, int length) {
        part = next;
        space = ByteBuffer.allocate(length);
    }
}
