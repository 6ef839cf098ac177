// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes are addresses that come back after they were written, or are refused. */
class AddressFuzzTest {
    @FuzzTest
    void file(byte[] input) {
        accepted(() -> AddressFile.decode(input))
                .ifPresent(addresses -> same(addresses, () -> AddressFile.decode(AddressFile.encode(addresses))));
    }
}
