// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a NAR that comes in pieces of any size into its blocks. That it broke off, or has fewer or more bytes than the layout
 * says, is the last element and no failure of the stream: a failure would overtake the blocks that came before it.
 */
final class BlockCutter extends GraphStage<FlowShape<ByteString, BlockCutter.Piece>> {
    private final BlockLayout layout;
    private final Inlet<ByteString> in = Inlet.create("BlockCutter.in");
    private final Outlet<Piece> out = Outlet.create("BlockCutter.out");
    private final FlowShape<ByteString, Piece> shape = FlowShape.of(in, out);

    /** What comes out. */
    sealed interface Piece {
        /** A block of the NAR; its bytes belong to whoever receives it. */
        record Block(int index, byte[] bytes) implements Piece {}

        /** No more blocks come, though some are missing. */
        record Broken(String reason) implements Piece {}
    }

    BlockCutter(BlockLayout layout) {
        this.layout = layout;
    }

    @Override
    public FlowShape<ByteString, Piece> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private final class Logic extends GraphStageLogic {
        private ByteString rest = ByteString.emptyByteString();
        private byte[] block = new byte[0];
        private int index;
        private int filled;
        private @Nullable String broken;

        private Logic() {
            super(shape);
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    rest = grab(in);
                    advance();
                }

                @Override
                public void onUpstreamFinish() {
                    if (isAvailable(out)) {
                        advance();
                    }
                }

                @Override
                public void onUpstreamFailure(Throwable failure) {
                    broken = String.valueOf(failure.getMessage());
                    if (isAvailable(out)) {
                        advance();
                    }
                }
            });
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    advance();
                }
            });
        }

        /** Emits the next block if its bytes are there; else asks for more, or says how it ended. */
        private void advance() {
            if (!rest.isEmpty() && index == layout.count()) {
                end("the server's NAR has more than " + layout.narSize() + " bytes");
                return;
            }
            if (!rest.isEmpty()) {
                take();
            }
            if (filled > 0 && filled == block.length) {
                push(out, new Piece.Block(index, block));
                index++;
                filled = 0;
                block = new byte[0];
            } else if (!isClosed(in)) {
                pull(in);
            } else if (broken != null) {
                end(broken);
            } else if (index < layout.count()) {
                end("the server's NAR ends early, in block " + index + " of " + layout.count());
            } else {
                complete(out);
            }
        }

        private void end(String reason) {
            push(out, new Piece.Broken(reason));
            completeStage();
        }

        private void take() {
            if (filled == 0) {
                block = new byte[layout.length(index)];
            }
            int length = Math.min(rest.size(), block.length - filled);
            rest.copyToArray(block, filled, length);
            rest = rest.drop(length);
            filled += length;
        }
    }
}
