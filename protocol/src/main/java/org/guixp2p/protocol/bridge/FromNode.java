// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import java.nio.ByteBuffer;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;

/** What the node says to a restorer, who believes none of it unseen. */
public sealed interface FromNode extends BridgeMessage {
    /**
     * The first frame, sent once, when the node has accepted the hello.
     *
     * @param version of the protocol; {@link BridgeMessage#VERSION} from this implementation
     * @param agent name and version of the node's software, one line
     */
    record Welcome(int version, String agent) implements FromNode {
        public Welcome {
            if (version <= 0 || agent.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("welcome: " + version + " " + FormatException.quote(agent));
            }
        }

        @Override
        public FrameType type() {
            return FrameType.WELCOME;
        }
    }

    /** The paths of a {@code have} that are available. */
    record Paths(List<StorePath> paths) implements FromNode {
        public Paths {
            paths = List.copyOf(paths);
        }

        @Override
        public FrameType type() {
            return FrameType.PATHS;
        }
    }

    /**
     * A narinfo: the bytes of its signed part and its signature, and unsigned lines.
     *
     * @param text its bytes, as they were signed, from position to limit
     */
    record Narinfo(ByteBuffer text) implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.NARINFO;
        }
    }

    /** The answer to {@code have} or {@code info} is complete. */
    record End() implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.END;
        }
    }

    /**
     * Something for the daemon's log.
     *
     * @param bytes from position to limit; whatever the node made of them
     */
    record Trace(ByteBuffer bytes) implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.TRACE;
        }
    }

    /**
     * The next bytes of the uncompressed NAR. Where one such message ends and the next begins means nothing.
     *
     * @param bytes from position to limit
     */
    record Nar(ByteBuffer bytes) implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.NAR;
        }
    }

    /** The NAR is complete. */
    record NarEnd() implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.NAR_END;
        }
    }

    /** What was restored is to be thrown away; the NAR begins again at its first byte. */
    record Restart() implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.RESTART;
        }
    }

    /**
     * No source is left: the last word on this {@code substitute}.
     *
     * @param reason for people
     */
    record NotFound(String reason) implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.NOT_FOUND;
        }
    }

    /**
     * The request or the connection is refused; the node closes.
     *
     * @param reason for people
     */
    record Refused(String reason) implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.ERROR;
        }
    }

    /** Nothing yet, still at work. */
    record Alive() implements FromNode {
        @Override
        public FrameType type() {
            return FrameType.ALIVE;
        }
    }
}
