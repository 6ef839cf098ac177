// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.SourceQueueWithComplete;
import org.apache.pekko.util.ByteString;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.compress.DecoderMemory;
import org.guixp2p.protocol.item.NarSize;

/**
 * Decompresses a stream on a virtual thread of its own, which blocks on what it reads and on whom it feeds, so that no
 * dispatcher does. It gives up its carrier after every chunk: a file that takes long to decompress does not keep the
 * other virtual threads waiting. How many there are at once is bounded by the number of NARs under way.
 */
final class Inflation {
    private static final int CHUNK_BYTES = 64 * 1024;

    private Inflation() {}

    /**
     * The decompressed bytes of {@code wire}, at most {@code bound} of them. Fails with an {@link HttpFaultException}
     * when they are malformed, and with whatever {@code wire} fails with; cancelling it cancels {@code wire} at once,
     * whatever the thread is at.
     *
     * @param memory a decoder that finds too little of it waits
     * @param ended run when the decoder has given back what it took
     */
    static Source<ByteString, NotUsed> inflate(Source<ByteString, ?> wire, Compression compression, NarSize bound,
            DecoderMemory memory, Runnable ended) {
        return Source.fromMaterializer((materializer, attributes) -> {
            SinkQueueWithCancel<ByteString> input = wire
                    .runWith(Sink.<ByteString>queue(1).withAttributes(Attributes.inputBuffer(2, 2)), materializer);
            return Source.<ByteString>queue(1, OverflowStrategy.backpressure()).mapMaterializedValue(output -> {
                Thread thread = Thread.ofVirtual().name("nar-" + compression.text())
                        .start(() -> {
                            try {
                                pump(input, output, compression, bound, memory);
                            } finally {
                                ended.run();
                            }
                        });
                var _ = output.watchCompletion().whenComplete((done, failure) -> {
                    input.cancel();
                    thread.interrupt();
                });
                return NotUsed.getInstance();
            });
        }).mapMaterializedValue(value -> NotUsed.getInstance());
    }

    private static void pump(SinkQueueWithCancel<ByteString> input, SourceQueueWithComplete<ByteString> output,
            Compression compression, NarSize bound, DecoderMemory memory) {
        Pulled wire = new Pulled(input);
        long passed = 0;
        try (InputStream in = compression.decompress(wire, bound, memory)) {
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                passed += count;
                if (!(await(
                        output.offer(ByteString.fromArray(chunk, 0, count))) instanceof QueueOfferResult.Enqueued$)) {
                    return;
                }
            }
            output.complete();
        } catch (FormatException e) {
            String why = Faults.line(e);
            output.fail(new HttpFaultException(wire.ended && passed < bound.bytes()
                    ? new HttpFault.Truncated(why)
                    : new HttpFault.Malformed(why)));
        } catch (IOException e) {
            output.fail(new HttpFaultException(Faults.of(e)));
        } catch (RuntimeException e) {
            output.fail(new HttpFaultException(new HttpFault.Malformed(Faults.line(e))));
        } catch (Error e) {
            // A library that cannot be loaded, or a window that finds no memory: somebody waits, and no server did it.
            output.fail(new HttpFaultException(new HttpFault.Own(Faults.line(e))));
        } finally {
            input.cancel();
        }
    }

    private static <T> T await(CompletionStage<T> stage) throws IOException {
        try {
            return stage.toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw new HttpFaultException(Faults.of(Objects.requireNonNullElse(e.getCause(), e)));
        } catch (InterruptedException e) {
            throw new IOException("nobody reads any more", e);
        }
    }

    /** Reads a stream as it is pulled. */
    private static final class Pulled extends InputStream {
        private final SinkQueueWithCancel<ByteString> input;
        private ByteString left = ByteString.emptyByteString();
        private boolean ended;

        Pulled(SinkQueueWithCancel<ByteString> input) {
            this.input = input;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, buffer.length);
            if (length == 0) {
                return 0;
            }
            while (left.isEmpty() && !ended) {
                Optional<ByteString> next = await(input.pull());
                left = next.orElse(left);
                ended = next.isEmpty();
            }
            if (left.isEmpty()) {
                return -1;
            }
            int count = Math.min(length, left.size());
            left.copyToArray(buffer, offset, count);
            left = left.drop(count);
            return count;
        }

        @Override
        public void close() {
            input.cancel();
        }
    }
}
