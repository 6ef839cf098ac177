// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;

/** Passes on exactly as many bytes as it was told, or fails: with the first byte too many, or at an end too early. */
final class ExactLength extends ByteStage {
    private final long length;
    private final Runnable whole;

    ExactLength(long length) {
        this(length, () -> {});
    }

    /** @param whole run when the end came where it should */
    ExactLength(long length, Runnable whole) {
        this.length = length;
        this.whole = whole;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private final class Logic extends GraphStageLogic {
        private long passed;

        Logic() {
            super(shape);
            setHandlers(in, out, new AbstractInOutHandler() {
                @Override
                public void onPush() {
                    ByteString chunk = grab(in);
                    passed += chunk.size();
                    if (passed > length) {
                        failStage(new HttpFaultException(new HttpFault.TooLarge(length)));
                    } else {
                        push(out, chunk);
                    }
                }

                @Override
                public void onPull() {
                    pull(in);
                }

                @Override
                public void onUpstreamFinish() {
                    if (passed < length) {
                        failStage(new HttpFaultException(
                                new HttpFault.Truncated(passed + " of " + length + " bytes")));
                    } else {
                        whole.run();
                        completeStage();
                    }
                }
            });
        }
    }
}
