// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;

/**
 * Watches the bytes of an answer as they come off the wire.
 *
 * <p>It fails a stream that makes no headway while somebody waits for it: fewer than {@value #LEAST_BYTES} bytes in all
 * the waiting of one timeout. The time in which the reader does not ask for more does not count, so a reader may rest for
 * as long as it likes, and a byte now and then is no headway. And it tells, once, whether the answer was read to its end.
 */
final class WireMeter extends ByteStage {
    static final int LEAST_BYTES = 1024;
    private static final int CHECKS = 4;

    private final Duration timeout;
    private final LongSupplier nanoTime;
    private final Received received;
    private final Consumer<Boolean> ended;

    /** Hears what comes. */
    interface Received {
        /** So many bytes, and how long they were waited for. */
        void chunk(long bytes, long waitedNanos);
    }

    /**
     * @param received hears of each chunk
     * @param ended hears whether the answer is complete: not when it was cut short or nobody wanted the rest of it
     */
    WireMeter(Duration timeout, LongSupplier nanoTime, Received received, Consumer<Boolean> ended) {
        this.timeout = timeout;
        this.nanoTime = nanoTime;
        this.received = received;
        this.ended = ended;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private final class Logic extends TimerGraphStageLogic {
        private boolean waiting;
        private long waitingSince;
        private long waited;
        private long bytes;
        private boolean complete;

        Logic() {
            super(shape);
            setHandlers(in, out, new AbstractInOutHandler() {
                @Override
                public void onPush() {
                    ByteString chunk = grab(in);
                    long nanos = nanoTime.getAsLong() - waitingSince;
                    waited += nanos;
                    waiting = false;
                    received.chunk(chunk.size(), nanos);
                    bytes += chunk.size();
                    if (bytes >= LEAST_BYTES) {
                        bytes = 0;
                        waited = 0;
                    }
                    push(out, chunk);
                }

                @Override
                public void onPull() {
                    waiting = true;
                    waitingSince = nanoTime.getAsLong();
                    pull(in);
                }

                @Override
                public void onUpstreamFinish() {
                    complete = true;
                    completeStage();
                }
            });
        }

        @Override
        public void preStart() {
            Duration interval = timeout.dividedBy(CHECKS);
            scheduleWithFixedDelay("check", interval, interval);
        }

        @Override
        public void postStop() {
            ended.accept(complete);
        }

        @Override
        public void onTimer(Object key) {
            if (waiting && waited + nanoTime.getAsLong() - waitingSince >= timeout.toNanos()) {
                failStage(new HttpFaultException(new HttpFault.Stalled(timeout)));
            }
        }
    }
}
