// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.time.Duration;
import org.apache.pekko.Done;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.rate.Flow;
import org.guixp2p.node.rate.RateLimiter;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the bytes of an answer to the limit on downloads, beside all others that come. What waits is not read, so that TCP holds
 * the server back.
 */
final class Paced extends ByteStage {
    private final RateLimiter limiter;

    Paced(RateLimiter limiter) {
        this.limiter = limiter;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private final class Logic extends TimerGraphStageLogic {
        private final AsyncCallback<Done> changed = createAsyncCallback(done -> look());
        private @Nullable Flow flow;
        private @Nullable ByteString held;
        private boolean complete;

        Logic() {
            super(shape);
            setHandlers(in, out, new AbstractInOutHandler() {
                @Override
                public void onPush() {
                    ByteString chunk = grab(in);
                    held = chunk;
                    if (flow != null && !chunk.isEmpty()) {
                        flow.ask(chunk.size());
                    }
                    look();
                }

                @Override
                public void onPull() {
                    pull(in);
                }

                @Override
                public void onUpstreamFinish() {
                    complete = true;
                    if (held == null) {
                        completeStage();
                    }
                }
            });
        }

        /** Passes on what is held, when it is its turn. */
        private void look() {
            if (held == null || flow == null) {
                return;
            }
            long pause = flow.pause();
            if (pause > 0) {
                scheduleOnce("turn", Duration.ofNanos(pause));
                return;
            }
            push(out, held);
            held = null;
            if (complete) {
                completeStage();
            }
        }

        @Override
        public void preStart() {
            flow = limiter.server(() -> changed.invoke(Done.getInstance()));
        }

        @Override
        public void onTimer(Object key) {
            look();
        }

        @Override
        public void postStop() {
            if (flow != null) {
                flow.close();
            }
        }
    }
}
