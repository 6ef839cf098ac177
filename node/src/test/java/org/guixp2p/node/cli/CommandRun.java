// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import org.guixp2p.node.config.Surroundings;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** Runs command lines in this process, and keeps what the last one said. */
final class CommandRun {
    private final Surroundings surroundings;
    private Terminal terminal = Terminal.NONE;
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    CommandRun(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    Surroundings surroundings() {
        return surroundings;
    }

    CommandRun at(Terminal somebody) {
        this.terminal = somebody;
        return this;
    }

    /** The exit status. */
    int run(String... words) {
        out = new StringWriter();
        err = new StringWriter();
        CommandLine commands = Main.commands(surroundings, (_, _) -> {
            throw new AssertionError("no node is to start");
        }, new SetupCommand(Optional.empty(), Optional.empty()), terminal);
        commands.setOut(new PrintWriter(out, true));
        commands.setErr(new PrintWriter(err, true));
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level level = root.getLevel();
        try {
            return commands.execute(words);
        } finally {
            // A process of its own would end here; other tests look at what is logged.
            root.setLevel(level);
        }
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }
}
