// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameEncoderTest {
    @Test
    void theBytesOfANarAreNotCopied() {
        byte[] nar = new byte[200_000];
        ByteBuffer[] buffers = FrameEncoder.encodeNar(ByteBuffer.wrap(nar, 7, 150_000));
        assertEquals(6, buffers.length);
        assertEquals(65_536, buffers[0].getInt(0));
        assertSame(nar, buffers[1].array());
        assertEquals(7, buffers[1].arrayOffset() + buffers[1].position());
        assertSame(nar, buffers[5].array());
        assertEquals(150_000 - 2 * 65_536, buffers[5].remaining());
        assertSame(nar, FrameEncoder.encode(new FromNode.Nar(ByteBuffer.wrap(nar, 0, 9)))[1].array());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000})
    void aNarOfAnyLengthComesOutWhole(int length) throws IOException {
        byte[] nar = new byte[length];
        new Random(length).nextBytes(nar);
        ByteBuffer source = ByteBuffer.allocateDirect(length).put(nar).flip();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        FrameEncoder.writeAll(List.of(new FromNode.Nar(source)), new Trickle(stream, 30_011));
        assertEquals(length, source.remaining());

        FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
        ByteBuffer wire = ByteBuffer.wrap(stream.toByteArray());
        ByteBuffer received = ByteBuffer.allocate(length);
        while (wire.hasRemaining() || decoder.holdsPart()) {
            decoder.feed(wire);
            for (FromNode message = decoder.next(); message != null; message = decoder.next()) {
                received.put(((FromNode.Nar) message).bytes());
            }
        }
        assertEquals(ByteBuffer.wrap(nar), received.flip());
    }

    /** More than the kernel takes at a time, and a NAR that takes several frames. */
    @Test
    void manyMessagesComeOutInTheirOrder() throws IOException {
        List<FromNode> messages = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            messages.add(new FromNode.Narinfo(ByteBuffer.wrap(new byte[]{(byte) i, (byte) (i >> 8)})));
        }
        messages.add(new FromNode.Nar(ByteBuffer.allocate(FrameType.NAR.maxLength() + 1)));
        messages.add(new FromNode.End());
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        FrameEncoder.writeAll(messages, new Trickle(stream, 997));

        FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
        ByteBuffer wire = ByteBuffer.wrap(stream.toByteArray());
        List<FromNode> received = new ArrayList<>();
        while (wire.hasRemaining() || decoder.holdsPart()) {
            decoder.feed(wire);
            for (FromNode message = decoder.next(); message != null; message = decoder.next()) {
                received.add(message);
            }
        }
        assertEquals(messages.subList(0, 2_000), received.subList(0, 2_000));
        assertEquals(List.of(FrameType.NAR, FrameType.NAR, FrameType.END),
                received.subList(2_000, received.size()).stream().map(FromNode::type).toList());
    }

    @Test
    void encodingLeavesTheMessageAsItWas() throws IOException {
        FromNode.Narinfo narinfo = new FromNode.Narinfo(ByteBuffer.allocateDirect(10));
        FrameEncoder.write(narinfo, new ByteArrayOutputStream());
        FrameEncoder.write(narinfo, new Trickle(new ByteArrayOutputStream(), 1));
        assertEquals(10, narinfo.text().remaining());
    }

    @Test
    void whatCannotBeAMessageIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new FromRestorer.Command("two\nlines"));
        assertThrows(IllegalArgumentException.class, () -> new FromRestorer.Command(""));
        assertThrows(IllegalArgumentException.class, () -> new FromRestorer.Daemon(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new FromRestorer.Daemon(1, -1));
        assertThrows(IllegalArgumentException.class,
                () -> new FromRestorer.Hello(0, FromRestorer.Mode.QUERY, null, ""));
        assertThrows(IllegalArgumentException.class, () -> new FromNode.Welcome(1, "a\nversion=2"));
        assertThrows(IllegalArgumentException.class, () -> new FromNode.Welcome(0, "a"));
    }

    /** Takes a few bytes a call, as a socket with a full buffer does. */
    private record Trickle(ByteArrayOutputStream target, int most) implements GatheringByteChannel {
        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            int written = 0;
            for (int i = offset; i < offset + length && written < most; i++) {
                int count = Math.min(most - written, sources[i].remaining());
                byte[] part = new byte[count];
                sources[i].get(part);
                target.writeBytes(part);
                written += count;
            }
            return written;
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public int write(ByteBuffer source) {
            return (int) write(new ByteBuffer[]{source});
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
