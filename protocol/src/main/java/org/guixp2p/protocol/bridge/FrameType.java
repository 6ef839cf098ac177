// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The kinds of frame: the byte that marks each, and how long its body may be. */
public enum FrameType {
    /** The restorer introduces itself. */
    HELLO(1, Limits.SMALL),
    /** A request, as the daemon wrote it. */
    COMMAND(2, Limits.MANY_PATHS),
    /** What became of a restored NAR. */
    RESULT(3, Limits.SMALL),
    /** The node introduces itself. */
    WELCOME(16, Limits.SMALL),
    /** Which of the paths are available. */
    PATHS(17, Limits.MANY_PATHS),
    /** A signed narinfo. */
    NARINFO(18, Limits.NARINFO),
    /** An answer to {@code have} or {@code info} is complete. */
    END(19, Limits.SMALL),
    /** Something for the daemon's log. */
    TRACE(20, Limits.SMALL),
    /** Bytes of the NAR. */
    NAR(21, Limits.SMALL),
    /** The NAR is complete. */
    NAR_END(22, Limits.SMALL),
    /** The NAR begins again. */
    RESTART(23, Limits.SMALL),
    /** No source is left. */
    NOT_FOUND(24, Limits.SMALL),
    /** The node refuses. */
    ERROR(25, Limits.SMALL),
    /** The node is at work. */
    ALIVE(26, Limits.SMALL);

    private static final FrameType[] BY_CODE = new FrameType[ALIVE.code + 1];

    static {
        for (FrameType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int maxLength;

    FrameType(int code, int maxLength) {
        this.code = code;
        this.maxLength = maxLength;
    }

    static @Nullable FrameType of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /** The byte that marks the frame. */
    public int code() {
        return code;
    }

    /** Longest body, in bytes. */
    public int maxLength() {
        return maxLength;
    }

    /** Whether the restorer sends it; else the node does. */
    boolean isFromRestorer() {
        return code < WELCOME.code;
    }

    /** The name that {@code docs/bridge-protocol.md} gives it, such as {@code nar-end}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static final class Limits {
        static final int SMALL = 65_536;
        static final int NARINFO = 1 << 20;
        /** Some 20,000 paths of the usual length; what asks about more is asked in several commands. */
        static final int MANY_PATHS = 1 << 21;
    }
}
