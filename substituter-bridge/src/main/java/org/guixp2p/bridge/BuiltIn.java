// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.ReplyReader;
import org.guixp2p.protocol.substituter.SubstituteReply;
import org.jspecify.annotations.Nullable;

/**
 * Guix's own substituter, for what the node cannot help with: a process for each command, which has the daemon's log for
 * its own, and whose replies are read here, so that this one stays what the daemon talks to.
 */
final class BuiltIn {
    /** The JDK hands no descriptors but 0 to 2 to a child; the shell makes the pipe of its output descriptor 4. */
    private static final List<String> SHELL = List.of("/bin/sh", "-c", "exec \"$@\" 4>&1 1>&2", "sh");
    private static final long MOST_SECONDS_TO_END = 10;

    private final List<String> words;
    private volatile @Nullable Process running;

    BuiltIn(List<String> command, FromRestorer.Mode mode) {
        words = new ArrayList<>(SHELL);
        words.addAll(command);
        words.add("substitute");
        words.add("--" + mode);
    }

    QueryReply ask(Command.Query command) throws IOException {
        return replay(command, replies -> read(replies, command));
    }

    private static QueryReply read(ReplyReader replies, Command.Query command) throws IOException {
        QueryReply reply = new QueryReply();
        // Not a pattern switch: see FrameEncoder.
        if (command instanceof Command.Info info) {
            replies.info(info, item -> reply.add(item.text()));
        } else if (command instanceof Command.Have have) {
            replies.have(have).paths().forEach(path -> reply.add(path + "\n"));
        }
        return reply;
    }

    SubstituteReply ask(Command.Substitute command) throws IOException {
        return replay(command, ReplyReader::substitute);
    }

    /** How to read the replies to one command. */
    @FunctionalInterface
    private interface Reading<T> {
        T from(ReplyReader replies) throws IOException;
    }

    private <T> T replay(Command command, Reading<T> reading) throws IOException {
        Process process = start();
        running = process;
        try (OutputStream commands = process.getOutputStream()) {
            send(command, commands);
            T reply = reading.from(new ReplyReader(process.getInputStream()));
            if (!process.waitFor(MOST_SECONDS_TO_END, TimeUnit.SECONDS)) {
                DaemonLog.say("Guix's own substituter has answered and does not end");
            }
            return reply;
        } catch (FormatException e) {
            throw new FormatException("Guix's own substituter (" + words.get(SHELL.size()) + "): " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } finally {
            running = null;
            process.destroy();
        }
    }

    /** One that has ended already says more by the reply that it did not give. */
    private static void send(Command command, OutputStream commands) {
        try {
            commands.write((command.line() + "\n").getBytes(UTF_8));
            commands.close();
        } catch (IOException e) {
            DaemonLog.say("Guix's own substituter takes no command: " + e.getMessage());
        }
    }

    private Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT);
        Map<String, String> environment = builder.environment();
        // Neither our extension nor, should the command be this very program, another fallback.
        environment.remove("GUIX_EXTENSIONS_PATH");
        environment.put("GUIX_P2P_FALLBACK", "none");
        return builder.start();
    }

    /** Ends what still runs: this process is ending. */
    void stop() {
        Process process = running;
        if (process != null) {
            process.destroy();
        }
    }
}
