// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.micro;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.EncodedFrame;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Frames of the swarm protocol: a block of 256 KiB, and the question for one. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FrameCodecBenchmark {
    private final FrameDecoder decoder = new FrameDecoder();
    private final SwarmMessage block;
    private final SwarmMessage question;
    private final byte[] blockFrame;
    private final byte[] questionFrame;

    /** One block of random bytes. */
    public FrameCodecBenchmark() {
        byte[] bytes = new byte[BlockLayout.BLOCK_BYTES];
        new SplittableRandom(1).nextBytes(bytes);
        NarHash nar = new NarHash(Sha256.hash(bytes));
        block = new SwarmMessage.Block(new RequestId(1), 7, BlockPayload.raw(bytes));
        question = new SwarmMessage.BlockRequest(new RequestId(1), nar, nar.digest(), 7);
        blockFrame = whole(FrameEncoder.encode(block));
        questionFrame = whole(FrameEncoder.encode(question));
    }

    private static byte[] whole(EncodedFrame frame) {
        return ByteBuffer.allocate(frame.length()).put(frame.head()).put(frame.payload()).array();
    }

    @Benchmark
    public EncodedFrame encodeBlock() {
        return FrameEncoder.encode(block);
    }

    @Benchmark
    public EncodedFrame encodeQuestion() {
        return FrameEncoder.encode(question);
    }

    @Benchmark
    public @Nullable SwarmMessage decodeBlock() throws FormatException {
        return decode(blockFrame);
    }

    @Benchmark
    public @Nullable SwarmMessage decodeQuestion() throws FormatException {
        return decode(questionFrame);
    }

    private @Nullable SwarmMessage decode(byte[] frame) throws FormatException {
        return decoder.decode(ByteBuffer.wrap(frame));
    }
}
