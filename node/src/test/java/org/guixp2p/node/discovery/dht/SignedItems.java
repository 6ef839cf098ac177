// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;

/** Somebody who has items kept under his key (BEP 44). */
final class SignedItems {
    private final KeyPair pair;
    final Octets key;

    SignedItems() {
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        byte[] encoded = pair.getPublic().getEncoded();
        // Its end are the raw bytes (RFC 8410).
        key = Octets.of(Arrays.copyOfRange(encoded, encoded.length - DhtItem.Mutable.KEY_BYTES, encoded.length));
    }

    /** The raw private key (RFC 8410). */
    Octets seed() {
        byte[] encoded = pair.getPrivate().getEncoded();
        return Octets.of(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    }

    DhtItem.Mutable item(String salt, long sequence, String value) {
        try {
            return DhtItem.Mutable.sign(pair.getPrivate(), key, Octets.ascii(salt), sequence, Octets.ascii(value));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** With the signature of another value. */
    DhtItem.Mutable forged(String salt, long sequence, String value) {
        return new DhtItem.Mutable(key, Octets.ascii(salt), sequence, Octets.ascii(value),
                item(salt, sequence, "3:xyz").signature());
    }

    DhtId target(String salt) {
        return DhtItem.Mutable.target(key, Octets.ascii(salt));
    }
}
