// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.protocol.item.StorePath;

/**
 * Writes messages as frames. The bytes of NARs, narinfos and traces go out from where they lie: a frame is its header and
 * a view of them, for a gathering write.
 *
 * <p>A restorer is a new process for each of the daemon's clients, and the first pattern switch of a process takes it 15
 * milliseconds, which no AOT cache saves: hence the switch over {@link FrameType}.
 */
public final class FrameEncoder {
    private FrameEncoder() {}

    /**
     * The frame of a message, as buffers to be written one after another.
     *
     * @throws IllegalArgumentException when the body is longer than its type allows
     */
    public static ByteBuffer[] encode(BridgeMessage message) {
        FrameType type = message.type();
        return switch (type) {
            case HELLO -> text(type, hello((FromRestorer.Hello) message));
            case COMMAND -> text(type, ((FromRestorer.Command) message).line());
            case RESULT -> result((FromRestorer.Result) message);
            case WELCOME -> text(type, welcome((FromNode.Welcome) message));
            case PATHS -> text(type, lines(((FromNode.Paths) message).paths()));
            case NARINFO -> view(type, ((FromNode.Narinfo) message).text());
            case TRACE -> view(type, ((FromNode.Trace) message).bytes());
            case NAR -> view(type, ((FromNode.Nar) message).bytes());
            case NOT_FOUND -> text(type, ((FromNode.NotFound) message).reason());
            case ERROR -> text(type, ((FromNode.Refused) message).reason());
            case END, NAR_END, RESTART, ALIVE -> text(type, "");
        };
    }

    /** The frames that carry any number of bytes of a NAR, as buffers to be written one after another. */
    public static ByteBuffer[] encodeNar(ByteBuffer bytes) {
        int max = FrameType.NAR.maxLength();
        int frames = (int) ((bytes.remaining() + (long) max - 1) / max);
        ByteBuffer[] buffers = new ByteBuffer[2 * frames];
        for (int i = 0; i < frames; i++) {
            int offset = i * max;
            ByteBuffer body = bytes.slice(bytes.position() + offset, Math.min(max, bytes.remaining() - offset));
            buffers[2 * i] = header(FrameType.NAR, body.remaining());
            buffers[2 * i + 1] = body;
        }
        return buffers;
    }

    /** Writes a message to a blocking channel. */
    public static void write(BridgeMessage message, GatheringByteChannel channel) throws IOException {
        write(encode(message), channel);
    }

    /**
     * Writes messages to a blocking channel, as together as it takes them: whoever reads is woken once. Those of a NAR may have any
     * number of bytes.
     */
    public static void writeAll(List<? extends BridgeMessage> messages, GatheringByteChannel channel)
            throws IOException {
        List<ByteBuffer> buffers = new ArrayList<>(2 * messages.size());
        for (BridgeMessage message : messages) {
            buffers.addAll(List.of(
                    message.type() == FrameType.NAR ? encodeNar(((FromNode.Nar) message).bytes()) : encode(message)));
        }
        write(buffers.toArray(ByteBuffer[]::new), channel);
    }

    private static void write(ByteBuffer[] buffers, GatheringByteChannel channel) throws IOException {
        int first = 0;
        while (first < buffers.length) {
            channel.write(buffers, first, buffers.length - first);
            while (first < buffers.length && !buffers[first].hasRemaining()) {
                first++;
            }
        }
    }

    /** Writes a message to a stream, without flushing it. */
    public static void write(BridgeMessage message, OutputStream stream) throws IOException {
        for (ByteBuffer buffer : encode(message)) {
            if (buffer.hasArray()) {
                stream.write(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
            } else {
                byte[] copy = new byte[buffer.remaining()];
                buffer.get(copy);
                stream.write(copy);
            }
        }
    }

    private static String hello(FromRestorer.Hello hello) {
        StringBuilder text = new StringBuilder("version=").append(hello.version());
        text.append("\nmode=").append(hello.mode());
        if (hello.daemon() != null) {
            text.append("\ndaemon=").append(hello.daemon());
        }
        return text.append("\n\n").append(hello.nixOptions()).toString();
    }

    private static String welcome(FromNode.Welcome welcome) {
        return "version=" + welcome.version() + "\nagent=" + welcome.agent() + "\n";
    }

    private static String lines(List<StorePath> paths) {
        StringBuilder text = new StringBuilder();
        for (StorePath path : paths) {
            text.append(path.path()).append('\n');
        }
        return text.toString();
    }

    private static ByteBuffer[] result(FromRestorer.Result result) {
        byte[] note = result.note().getBytes(UTF_8);
        ByteBuffer frame = frame(FrameType.RESULT, 1 + note.length);
        frame.put((byte) (result.restored() ? 1 : 0)).put(note).flip();
        return new ByteBuffer[]{frame};
    }

    private static ByteBuffer[] text(FrameType type, String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return new ByteBuffer[]{frame(type, bytes.length).put(bytes).flip()};
    }

    private static ByteBuffer[] view(FrameType type, ByteBuffer body) {
        return new ByteBuffer[]{header(type, body.remaining()), body.duplicate()};
    }

    private static ByteBuffer header(FrameType type, int length) {
        return ByteBuffer.allocate(FrameDecoder.HEADER).putInt(checked(type, length)).put((byte) type.code()).flip();
    }

    private static ByteBuffer frame(FrameType type, int length) {
        return ByteBuffer.allocate(FrameDecoder.HEADER + checked(type, length)).putInt(length).put((byte) type.code());
    }

    private static int checked(FrameType type, int length) {
        if (length > type.maxLength()) {
            throw new IllegalArgumentException("a '" + type + "' frame of " + length + " bytes, above the limit of "
                    + type.maxLength());
        }
        return length;
    }
}
