// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Random;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelSha256Test {
    /** Below, at and far beyond what is hashed without a thread; the last fills the queue. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1 << 20, (1 << 20) + 1, 9_000_000})
    void isTheHashOfAllThatCame(int length) {
        byte[] bytes = new byte[length];
        Random random = new Random(length);
        random.nextBytes(bytes);
        try (ParallelSha256 hash = new ParallelSha256()) {
            int at = 0;
            while (at < length) {
                int count = Math.min(length - at, random.nextInt(65_537));
                ByteBuffer part = ByteBuffer.wrap(bytes, at, count).slice();
                hash.update(part);
                assertEquals(count, part.remaining());
                at += count;
            }
            assertEquals(Sha256.hash(bytes), hash.finish());
        }
    }

    @Test
    void canBeLeftAloneAtAnyTime() {
        ParallelSha256 hash = new ParallelSha256();
        hash.close();
        ParallelSha256 running = new ParallelSha256();
        for (int i = 0; i < 40; i++) {
            running.update(ByteBuffer.allocate(65_536));
        }
        running.close();
        running.close();
    }
}
