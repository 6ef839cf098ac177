// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Optional;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests of nodes on machines of their own, all on one network that is connected with nothing else. */
abstract class OnOneNetwork extends InAWorld {
    Ethernet ethernet;

    @BeforeEach
    void connect() throws IOException, InterruptedException {
        Optional<String> impossible = Ethernet.impossible();
        assumeTrue(impossible.isEmpty(), impossible.orElse(""));
        ethernet = new Ethernet();
    }

    @AfterEach
    void disconnect() throws IOException {
        if (ethernet != null) {
            ethernet.close();
        }
    }
}
