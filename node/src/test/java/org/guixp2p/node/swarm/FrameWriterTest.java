// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.guixp2p.protocol.swarm.EncodedFrame;
import org.junit.jupiter.api.Test;

class FrameWriterTest {
    private static final byte[] NOTHING = new byte[0];

    private final List<Integer> writes = new ArrayList<>();
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();
    private final FrameWriter writer = new FrameWriter(new OutputStream() {
        @Override
        public void write(int b) {
            throw new AssertionError("byte by byte");
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            writes.add(length);
            wire.write(bytes, offset, length);
        }
    });
    private int done;

    private void write(EncodedFrame frame) throws IOException {
        writer.write(frame, () -> done++);
    }

    @Test
    void smallFramesGoOutTogether() throws IOException {
        for (int i = 0; i < 100; i++) {
            write(new EncodedFrame(new byte[]{(byte) i, 1}, NOTHING));
        }
        assertEquals(List.of(), writes);
        assertEquals(0, done);
        writer.flush();
        assertEquals(List.of(200), writes);
        assertEquals(100, done);
        writer.flush();
        assertEquals(List.of(200), writes);
        assertEquals(100, done);
    }

    @Test
    void aBlockGoesOutAtOnceWithWhatWaited() throws IOException {
        write(new EncodedFrame(new byte[10], NOTHING));
        write(new EncodedFrame(new byte[18], new byte[262_144]));
        assertEquals(List.of(FrameWriter.RECORD, 262_144 + 28 - FrameWriter.RECORD), writes);
        assertEquals(2, done);
    }

    @Test
    void whatComesOutIsWhatWentIn() throws IOException {
        long seed = 77;
        Random random = new Random(seed);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int i = 0; i < 300; i++) {
            byte[] head = new byte[1 + random.nextInt(i % 10 == 0 ? 40_000 : 300)];
            byte[] payload = new byte[i % 3 == 0 ? random.nextInt(100_000) : 0];
            random.nextBytes(head);
            random.nextBytes(payload);
            expected.writeBytes(head);
            expected.writeBytes(payload);
            write(new EncodedFrame(head, payload));
        }
        writer.flush();
        assertArrayEquals(expected.toByteArray(), wire.toByteArray(), "seed " + seed);
        assertEquals(300, done);
    }
}
