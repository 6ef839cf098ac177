// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import java.net.InetAddress;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * The key that a peer has shown in a handshake, by which its signed record is to be found.
 *
 * @param publicKey the 32 raw bytes of an Ed25519 key
 * @param host where it was shown last
 * @param lastSeconds when it was shown last, in seconds since 1970; not negative
 * @param sequence the number of the newest record of the peer that was seen; -1 when none was
 */
public record KnownKey(Octets publicKey, InetAddress host, long lastSeconds, long sequence) {
    /** No record was seen. */
    public static final long NONE = -1;

    public KnownKey {
        if (publicKey.length() != DhtItem.Mutable.KEY_BYTES || lastSeconds < 0 || sequence < NONE) {
            throw new IllegalArgumentException("no known key: " + publicKey + " " + lastSeconds + " " + sequence);
        }
    }

    /** Whose it is. */
    public PeerId peer() {
        return PeerId.ofPublicKey(publicKey.bytes());
    }
}
