// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SipHashTest {
    /** The vector for 32 bytes in vectors.h of the reference implementation: key 00 to 0f, message 00 to 1f. */
    @Test
    void theVectorOfTheReferenceImplementation() {
        byte[] message = new byte[32];
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) i;
        }
        assertEquals(0x7127_512f_72f2_7cceL,
                SipHash.hash(0x0706_0504_0302_0100L, 0x0f0e_0d0c_0b0a_0908L, Sha256.of(message)));
    }

    @Property(tries = 200)
    void everyBitOfKeyAndMessageCounts(@ForAll @Size(32) byte[] message, @ForAll long k0, @ForAll long k1,
            @ForAll @IntRange(max = 255) int bit) {
        long hash = SipHash.hash(k0, k1, Sha256.of(message));
        byte[] other = message.clone();
        other[bit / 8] ^= (byte) (1 << bit % 8);
        assertNotEquals(hash, SipHash.hash(k0, k1, Sha256.of(other)));
        assertNotEquals(hash, SipHash.hash(k0 ^ 1L << bit, k1, Sha256.of(message)));
        assertNotEquals(hash, SipHash.hash(k0, k1 ^ 1L << bit, Sha256.of(message)));
    }
}
