// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;

/** The node that runs, as commands ask it. */
final class RunningNode {
    private RunningNode() {}

    /**
     * Asks the node that these settings are of, and waits for all of the answer.
     *
     * @throws StartException when it does not answer, or not all of it
     */
    static List<Config> ask(ControlQuestion question, ConfigOptions config, Surroundings surroundings)
            throws ConfigException, StartException {
        Path socket = socket(config, surroundings);
        List<Config> answer = new ArrayList<>();
        try {
            ControlClient.ask(socket, question, answer::add);
        } catch (IOException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
        return answer;
    }

    /** Where the node that these settings are of answers its user. */
    static Path socket(ConfigOptions config, Surroundings surroundings) throws ConfigException {
        return ControlServer.beside(config.load(surroundings, List.of()).config().bridge().socketPath());
    }

    /** All of an answer as one array of JSON. */
    static String json(List<Config> answer) {
        return answer.stream().map(line -> line.root().render(ConfigRenderOptions.concise()))
                .collect(Collectors.joining(",", "[", "]"));
    }
}
