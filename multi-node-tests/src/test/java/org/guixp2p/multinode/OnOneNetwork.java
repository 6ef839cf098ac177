// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
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

    /** Has a node hear from the server what the items are; from then on the server is out of its reach. */
    void hear(String name, World.Item... items) throws Exception {
        Node online = world.plan(name).seeding(items).start();
        Path cache = world.home(name).resolve("cache/narinfo");
        Await.until(() -> files(cache) >= items.length, () -> "no narinfo in " + cache);
        World.stop(online);
    }

    private static long files(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            return 0;
        }
    }

    /**
     * A node on a machine of its own.
     *
     * @param settings more than the plan has
     */
    NodeProcess start(NodePlan plan, String settings, String log, Ethernet.Machine machine) throws IOException {
        Path config = plan.at("0.0.0.0").configFile();
        Files.writeString(config, settings, StandardOpenOption.APPEND);
        return new NodeProcess(config, directory.resolve(log), machine.inside());
    }

    /** What a node says of itself. */
    Config status(String name) {
        return ask(name, new ControlQuestion.Status()).getFirst();
    }

    /** What a node answers its user. */
    List<Config> ask(String name, ControlQuestion question) {
        List<Config> said = new ArrayList<>();
        try {
            ControlClient.ask(ControlServer.beside(world.home(name).resolve("run/socket")), question, said::add);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return said;
    }
}
