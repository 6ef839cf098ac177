// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.Config;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
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

    /** What a node says of itself. */
    Config status(String name) {
        List<Config> said = new ArrayList<>();
        try {
            ControlClient.ask(ControlServer.beside(world.home(name).resolve("run/socket")),
                    new ControlQuestion.Status(), said::add);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return said.getFirst();
    }
}
