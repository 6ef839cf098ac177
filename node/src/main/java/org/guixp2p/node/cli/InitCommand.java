// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.Callable;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigTemplate;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.AtomicFiles;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes settings to begin with. */
@Command(name = "init", description = "Write a commented file of settings; one that is there is left as it is.")
final class InitCommand implements Callable<Integer> {
    private final Surroundings surroundings;
    private final Terminal terminal;

    @Option(names = "--config", paramLabel = "FILE", description = "Write FILE in place of the usual one: the system's for root, else the user's.")
    private @Nullable Path file;

    @Option(names = "--share", paramLabel = "WITH", converter = Choices.ForShare.class, description = "Who is offered what this node has: 'off', 'lan' (the default) or 'world'. Asked for on a terminal.")
    private @Nullable Share share;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    InitCommand(Surroundings surroundings, Terminal terminal) {
        this.surroundings = surroundings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws StartException, IOException {
        CommandSpec command = spec;
        if (command == null) {
            throw new IllegalStateException("not run as a command");
        }
        PrintWriter out = command.commandLine().getOut();
        Path target = target().toAbsolutePath();
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw refusal(command, target);
        }
        Share chosen = share == null ? ask(command, out) : share;
        try {
            Path directory = target.getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            AtomicFiles.create(target, ConfigTemplate.render(surroundings, chosen).getBytes(StandardCharsets.UTF_8),
                    PosixFilePermissions.fromString("rw-r--r--"));
        } catch (IOException e) {
            if (e instanceof FileAlreadyExistsException && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw refusal(command, target); // somebody has just made it
            }
            throw new StartException("cannot write " + IoWords.of(e, target), e);
        }
        out.println(json
                ? Json.object(Map.of("file", target.toString(), "share", Words.of(chosen)))
                : "made " + target + " with share = " + Words.of(chosen));
        return ExitCode.OK;
    }

    private Path target() {
        if (file != null) {
            return file;
        }
        return surroundings.isService() ? surroundings.systemFile() : surroundings.userFile();
    }

    private Share ask(CommandSpec command, PrintWriter out) throws IOException {
        if (terminal.answers().isEmpty() || json) {
            return Share.LAN;
        }
        ShareQuestion.explain(out);
        return ShareQuestion.ask(command, out, terminal.answers().get());
    }

    private static ParameterException refusal(CommandSpec command, Path target) {
        return new ParameterException(command.commandLine(), target + " is there already, and is left as it is");
    }
}
