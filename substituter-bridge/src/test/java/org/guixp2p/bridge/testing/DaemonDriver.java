// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Starts a substituter and talks to it as {@code guix-daemon} does ({@code nix/libstore/local-store.cc} and {@code
 * build.cc}): commands on descriptor 0, replies from descriptor 4, descriptors 1 and 2 one and the same log pipe, working
 * directory {@code /}, one request at a time.
 *
 * <p>It is as strict as the daemon, and stricter: every wait has a deadline, and a reply line that no request called for
 * fails the test.
 */
public final class DaemonDriver implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    /** The shell opens the pipe for descriptor 4, and logs where errors go. */
    private static final List<String> AS_THE_DAEMON = List.of("/bin/sh", "-c", "exec \"$@\" 4>\"$0\" 1>&2");

    private final Process process;
    /** A named pipe: the stream of a process cannot be closed while another thread reads it. */
    private final CompletableFuture<FileChannel> replyPipe = new CompletableFuture<>();
    private final LinkedBlockingQueue<Optional<String>> replies = new LinkedBlockingQueue<>();
    private final Log log = new Log();
    private Duration deadline = DEADLINE;
    private final Thread replyReader;
    private final Thread logReader;

    /** One item of an answer to {@code info}. */
    public record Info(String path, String deriver, List<String> references, long downloadSize, long narSize) {}

    private DaemonDriver(Process process, Path pipe) {
        this.process = process;
        replyReader = Thread.ofPlatform().daemon().start(() -> readReplies(pipe));
        logReader = Thread.ofVirtual().start(() -> log.readFrom(process.getErrorStream()));
    }

    /**
     * Starts {@code command} with nothing but {@code environment}.
     *
     * @param environment where {@code _NIX_OPTIONS} belongs
     */
    public static DaemonDriver start(List<String> command, Map<String, String> environment) {
        Path pipe = newPipe();
        List<String> words = new ArrayList<>(AS_THE_DAEMON);
        words.add(pipe.toString());
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words).directory(new File("/"));
        builder.environment().clear();
        builder.environment().putAll(environment);
        try {
            return new DaemonDriver(builder.start(), pipe);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path newPipe() {
        try {
            Path pipe = Files.createTempDirectory("replies").resolve("pipe");
            // For a substituter of another user, too.
            if (new ProcessBuilder("mkfifo", "-m", "666", pipe.toString()).inheritIO().start().waitFor() != 0) {
                throw new AssertionError("mkfifo failed");
            }
            return pipe;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void readReplies(Path pipe) {
        // Both ends are open once this returns, and the name has served.
        try (FileChannel channel = FileChannel.open(pipe, StandardOpenOption.READ);
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), UTF_8))) {
            Files.delete(pipe);
            Files.delete(Objects.requireNonNull(pipe.getParent()));
            replyPipe.complete(channel);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                replies.add(Optional.of(line));
            }
        } catch (ClosedChannelException e) {
            // By closeReplies.
        } catch (IOException e) {
            log.append("driver: reply pipe: " + e + "\n");
        }
        replies.add(Optional.empty());
    }

    /** Waits longer for replies than is usual. */
    public DaemonDriver waiting(Duration atMost) {
        deadline = atMost;
        return this;
    }

    /** Asks which paths are available, and returns those that the substituter names. */
    public List<String> have(List<String> paths) {
        request("have " + String.join(" ", paths) + " ");
        List<String> available = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            check(paths.contains(line) && !available.contains(line), "have: not asked for, or twice: " + line);
            available.add(line);
        }
        return available;
    }

    /** Asks about paths, and reads the answer as the daemon does; it throws where the daemon would. */
    public List<Info> info(List<String> paths) {
        request("info " + String.join(" ", paths) + " ");
        List<Info> infos = new ArrayList<>();
        Set<String> left = new HashSet<>(paths);
        for (String path = line(); !path.isEmpty(); path = line()) {
            check(left.remove(path), "info: not asked for, or twice: " + path);
            String deriver = line();
            check(deriver.isEmpty() || deriver.startsWith("/gnu/store/"), "info: deriver " + deriver);
            List<String> references = new ArrayList<>();
            long count = number();
            for (long i = 0; i < count; i++) {
                references.add(line());
                check(references.getLast().startsWith("/gnu/store/"), "info: reference " + references.getLast());
            }
            infos.add(new Info(path, deriver, references, number(), number()));
        }
        return infos;
    }

    /** Asks for an item, and returns the one line that answers. */
    public String substitute(String path, String destination) {
        request("substitute " + path + " " + destination);
        return line();
    }

    /** Sends a line; there must be no reply left over from earlier requests. */
    public void request(String line) {
        Optional<String> early = replies.peek();
        check(early == null || early.isEmpty(), "a reply that nothing called for: " + early);
        send(line + "\n");
    }

    /** Sends text just so. */
    public void send(String text) {
        try {
            OutputStream commands = process.getOutputStream();
            commands.write(text.getBytes(UTF_8));
            commands.flush();
        } catch (IOException e) {
            throw failure("the substituter takes no commands: " + e);
        }
    }

    /** The next reply line. */
    public String line() {
        return next().orElseThrow(() -> failure("empty status: the replies ended"));
    }

    private long number() {
        String line = line();
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException e) {
            throw failure("not a number: '" + line + "'");
        }
    }

    private Optional<String> next() {
        try {
            Optional<String> line = replies.poll(deadline.toSeconds(), TimeUnit.SECONDS);
            if (line == null) {
                throw failure("no reply");
            }
            return line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted");
        }
    }

    /** What the substituter has written to descriptors 1 and 2 so far. */
    public String log() {
        return log.text();
    }

    /** Waits until the log contains {@code part}. */
    public void awaitLog(String part) {
        if (!log.awaits(part, DEADLINE)) {
            throw failure("nothing like '" + part + "' in the log");
        }
    }

    /** Closes descriptor 0, waits for the end, checks that no reply came besides, and returns the exit status. */
    public int finish() {
        closeCommands();
        return awaitExit();
    }

    /** Closes descriptor 0. */
    public void closeCommands() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // Already gone; its status says more.
        }
    }

    /** Waits for the end, checks that no reply came besides, and returns the exit status. */
    public int awaitExit() {
        try {
            check(process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS), "it does not end");
            Optional<String> rest = next();
            check(rest.isEmpty(), "a reply that nothing called for: " + rest);
            replies.add(rest);
            check(logReader.join(DEADLINE), "the log does not end");
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted");
        }
    }

    /** Closes the reading end of descriptor 4, as a daemon does that dies. */
    public void closeReplies() {
        try {
            replyPipe.join().close();
            check(replyReader.join(DEADLINE), "the reply pipe does not close");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted");
        }
    }

    /** Sends SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    public long pid() {
        return process.pid();
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw failure(otherwise);
        }
    }

    private AssertionError failure(String what) {
        return new AssertionError(what + "\n--- log of the substituter"
                + (process.isAlive() ? "" : ", which ended with status " + process.exitValue()) + ":\n" + log.text());
    }

    /** Ends what may still run. */
    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** What came on the log pipe, and those who wait for something there. */
    private static final class Log {
        private final StringBuilder text = new StringBuilder();

        void readFrom(InputStream stream) {
            try (InputStreamReader reader = new InputStreamReader(stream, UTF_8)) {
                char[] buffer = new char[8192];
                for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
                    append(new String(buffer, 0, count));
                }
            } catch (IOException e) {
                append("driver: log pipe: " + e + "\n");
            }
        }

        synchronized void append(String more) {
            text.append(more);
            notifyAll();
        }

        synchronized String text() {
            return text.toString();
        }

        synchronized boolean awaits(String part, Duration atMost) {
            long deadline = System.nanoTime() + atMost.toNanos();
            while (text.indexOf(part) < 0) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                try {
                    wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return true;
        }
    }

    /** The exit status when it has ended. */
    public @Nullable Integer exitValue() {
        return process.isAlive() ? null : process.exitValue();
    }
}
