// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;

/**
 * The bytes of an answer, failing with {@link HttpFault.Truncated} when the connection ends before they do.
 *
 * <p>Pekko means to see to that, but where a connection ends at the wrong moment (while the head of the answer is being
 * handed on) it passes what has come for the whole.
 */
final class WholeBody {
    private WholeBody() {}

    /** The bytes of {@code entity}; of one that ends with its connection nobody can tell whether it is whole. */
    static Source<ByteString, ?> of(HttpEntity entity) {
        if (entity instanceof HttpEntity.Chunked chunked) {
            return chunked.getChunks().via(new LastChunk());
        }
        return entity.getContentLengthOption().isPresent()
                ? entity.getDataBytes().via(new ExactLength(entity.getContentLengthOption().getAsLong()))
                : entity.getDataBytes();
    }

    /** Passes on what is in the chunks, the last of which says that it is the last. */
    private static final class LastChunk extends GraphStage<FlowShape<HttpEntity.ChunkStreamPart, ByteString>> {
        private final Inlet<HttpEntity.ChunkStreamPart> in = Inlet.create("LastChunk.in");
        private final Outlet<ByteString> out = Outlet.create("LastChunk.out");
        private final FlowShape<HttpEntity.ChunkStreamPart, ByteString> shape = FlowShape.of(in, out);

        @Override
        public FlowShape<HttpEntity.ChunkStreamPart, ByteString> shape() {
            return shape;
        }

        @Override
        public GraphStageLogic createLogic(Attributes attributes) {
            return new Logic();
        }

        private final class Logic extends GraphStageLogic {
            private boolean last;

            Logic() {
                super(shape);
                setHandlers(in, out, new AbstractInOutHandler() {
                    @Override
                    public void onPush() {
                        HttpEntity.ChunkStreamPart part = grab(in);
                        last = part.isLastChunk();
                        if (last) {
                            pull(in);
                        } else {
                            push(out, part.data());
                        }
                    }

                    @Override
                    public void onPull() {
                        pull(in);
                    }

                    @Override
                    public void onUpstreamFinish() {
                        if (last) {
                            completeStage();
                        } else {
                            failStage(new HttpFaultException(new HttpFault.Truncated("no last chunk")));
                        }
                    }
                });
            }
        }
    }
}
