// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.util.List;

/** Files alike in what their fetching shows: of small ones the latency, of large ones the throughput. */
public enum SizeClass {
    /** Up to 256 KiB. */
    SMALL(256L << 10),
    /** Up to 16 MiB. */
    MEDIUM(16L << 20),
    LARGE(Long.MAX_VALUE);

    private final long most;

    SizeClass(long most) {
        this.most = most;
    }

    /** All of them: itself, then the others, the nearest first. */
    List<SizeClass> nearest() {
        return switch (this) {
            case SMALL -> List.of(SMALL, MEDIUM, LARGE);
            case MEDIUM -> List.of(MEDIUM, SMALL, LARGE);
            case LARGE -> List.of(LARGE, MEDIUM, SMALL);
        };
    }

    static SizeClass of(long bytes) {
        return bytes <= SMALL.most ? SMALL : bytes <= MEDIUM.most ? MEDIUM : LARGE;
    }
}
