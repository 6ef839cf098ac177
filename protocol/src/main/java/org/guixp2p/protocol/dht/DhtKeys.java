// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.nio.charset.StandardCharsets;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;

/** Under which keys of the DHT peers announce themselves (docs/wire-protocol.md, with vectors). */
public final class DhtKeys {
    /** Where all nodes meet: the first 20 bytes of SHA-256 over the ASCII bytes {@code guix-p2p/rendezvous/1}. */
    public static final DhtId RENDEZVOUS = key(ascii("guix-p2p/rendezvous/1"));

    /** The NUL keeps what follows apart from any longer name. */
    private static final byte[] NAR = ascii("guix-p2p/nar/1\0");

    private DhtKeys() {}

    /**
     * Where those who have a NAR announce themselves: the first 20 bytes of SHA-256 over the ASCII bytes
     * {@code guix-p2p/nar/1}, one NUL, and the 32 bytes of the NarHash. Whoever does not know the NarHash cannot find it from
     * the key.
     */
    public static DhtId of(NarHash nar) {
        byte[] named = new byte[NAR.length + Sha256.BYTES];
        System.arraycopy(NAR, 0, named, 0, NAR.length);
        nar.digest().copyTo(named, NAR.length);
        return key(named);
    }

    private static DhtId key(byte[] named) {
        return DhtId.at(Sha256.hash(named).bytes(), 0);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
