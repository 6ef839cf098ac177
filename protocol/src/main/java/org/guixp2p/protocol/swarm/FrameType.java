// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.util.Locale;
import org.guixp2p.protocol.hash.Sha256;
import org.jspecify.annotations.Nullable;

/** The frames of the wire document: their type byte and the longest body. */
enum FrameType {
    HELLO(1),
    GOODBYE(2),
    PING(3),
    PONG(4),
    QUERY(16),
    OFFER(17),
    NOT_HERE(18),
    MANIFEST_REQUEST(19),
    MANIFEST_PAGE(20, ManifestPage.HASHES * Sha256.BYTES + 1024),
    BLOCK_REQUEST(21),
    BLOCK(22, FrameType.BLOCK_HEAD + BlockLayout.BLOCK_BYTES),
    REFUSED(23),
    CANCEL(24),
    HAVE(25),
    INVENTORY(26),
    INVENTORY_CHANGE(27),
    NARINFO_REQUEST(28),
    NARINFO(29),
    NO_NARINFO(30),
    PEERS(31),
    DIAL_BACK(32),
    QUERIES(33);

    /** Length of what stands before every body: the length of the rest (4 bytes) and the type. */
    static final int HEAD = 5;
    /** Length of what stands before a block's bytes: id, index, encoding, raw length. */
    static final int BLOCK_HEAD = 13;
    /** Longest body of a control frame, and of one of a type not known here. */
    static final int CONTROL = 64 * 1024;

    private static final @Nullable FrameType[] BY_CODE = new FrameType[256];

    static {
        for (FrameType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int longestBody;

    FrameType(int code) {
        this(code, FrameType.CONTROL);
    }

    FrameType(int code, int longestBody) {
        this.code = code;
        this.longestBody = longestBody;
    }

    int code() {
        return code;
    }

    int longestBody() {
        return longestBody;
    }

    static @Nullable FrameType ofCode(int code) {
        return BY_CODE[code];
    }

    /** The name in the wire document. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
