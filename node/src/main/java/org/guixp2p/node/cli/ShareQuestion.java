// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.setup.SetupTexts;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Asks with whom to share, after saying what that tells others. */
final class ShareQuestion {
    private ShareQuestion() {}

    static void explain(PrintWriter out) {
        out.print(SetupTexts.privacy());
        out.flush();
    }

    /** The answer; an empty one is the default. */
    static Share ask(CommandSpec command, PrintWriter out, BufferedReader answers) throws IOException {
        while (true) {
            out.print("share = off, lan or world? [lan] ");
            out.flush();
            String answer = answers.readLine();
            if (answer == null) {
                throw new ParameterException(command.commandLine(), "no answer: --share off, lan or world?");
            }
            Optional<Share> share = Choices.find(Share.class, answer.isBlank() ? "lan" : answer.strip());
            if (share.isPresent()) {
                return share.get();
            }
        }
    }
}
