// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.nio.charset.StandardCharsets;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.StorePath;

/**
 * Names a store item to those who know of it, and to nobody else: the SHA-256 of the ASCII bytes {@code guix-p2p/narinfo/1}, a NUL,
 * and the hash part of its path (docs/wire-protocol.md).
 */
public record ItemKey(Sha256 digest) {
    private static final String PREFIX = "guix-p2p/narinfo/1\0";

    public static ItemKey of(StorePath path) {
        return new ItemKey(Sha256.hash((PREFIX + path.hashPart()).getBytes(StandardCharsets.US_ASCII)));
    }
}
