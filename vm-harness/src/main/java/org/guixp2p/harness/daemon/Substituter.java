// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.ProcessTable;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.InfoReply;
import org.guixp2p.protocol.substituter.ReplyReader;
import org.guixp2p.protocol.substituter.SubstituteReply;

/**
 * A substituter in a process of its own, started and spoken to as {@code guix-daemon} does (Guix: {@code
 * nix/libstore/local-store.cc} and {@code build.cc}): commands on descriptor 0, replies from descriptor 4, descriptors 1 and 2
 * one and the same log pipe, working directory {@code /}, one request at a time. One that has not answered in time is of no more use.
 */
public final class Substituter {
    /** The shell moves the pipe of its standard output to descriptor 4, and logs where errors go. */
    private static final List<String> AS_THE_DAEMON = List.of("/bin/sh", "-c", "exec \"$@\" 4>&1 1>&2", "sh");
    private static final Duration FOR_THE_END = Duration.ofSeconds(10);
    private static final long IDLE_SECONDS = 60;

    private final Child child;
    /** One thread, which ends by itself: to start one for each reply would be measured with it. */
    private final Executor reader;
    private final ReplyReader replies;
    private final SubstituterLog log;

    private Substituter(Child child) {
        this.child = child;
        this.reader = new ThreadPoolExecutor(0, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name(child.name() + "-replies").factory());
        this.replies = new ReplyReader(child.process().getInputStream());
        this.log = SubstituterLog.of(child.process().getErrorStream(), child.name());
    }

    /**
     * What was answered.
     *
     * @param atNanos when the line was there, on the clock of {@link System#nanoTime}
     */
    public record Answer(SubstituteReply reply, long atNanos) {}

    /**
     * Starts a substituter.
     *
     * @param command all words, {@code --query} or {@code --substitute} being the last
     * @param environment all of it, {@code _NIX_OPTIONS} included
     */
    public static Substituter start(ProcessTable processes, String name, List<String> command,
            Map<String, String> environment) throws IOException {
        List<String> words = new ArrayList<>(AS_THE_DAEMON);
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words).directory(new File("/"));
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new Substituter(processes.start(name, builder));
    }

    /**
     * Asks a substituter that was started with {@code --query}.
     *
     * @throws IOException when it answers what the daemon would not accept, or not in time
     */
    public InfoReply info(List<StorePath> paths, Duration atMost) throws IOException, InterruptedException {
        Command.Info command = new Command.Info(paths);
        FutureTask<InfoReply> answer = ask(command, () -> replies.info(command));
        return await(answer, command, atMost);
    }

    /**
     * Asks a substituter that was started with {@code --substitute}; others may do something else meanwhile.
     *
     * @return completes with the answer, or fails with an {@link IOException} when that is none
     */
    public FutureTask<Answer> substitute(Command.Substitute command) throws IOException {
        return ask(command, () -> new Answer(replies.substitute(), System.nanoTime()));
    }

    /**
     * Asks as {@link #substitute(Command.Substitute)} does, and waits for the answer.
     *
     * @throws IOException when it is none, or does not come in time
     */
    public SubstituteReply substitute(Command.Substitute command, Duration atMost)
            throws IOException, InterruptedException {
        return await(substitute(command), command, atMost).reply();
    }

    private <T> FutureTask<T> ask(Command command, Callable<T> reading) throws IOException {
        child.process().getOutputStream().write((command.line() + "\n").getBytes(UTF_8));
        child.process().getOutputStream().flush();
        FutureTask<T> answer = new FutureTask<>(reading);
        reader.execute(answer);
        return answer;
    }

    private <T> T await(FutureTask<T> answer, Command command, Duration atMost)
            throws IOException, InterruptedException {
        try {
            return answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException(child + " has not answered '" + command.line().strip() + "' within "
                    + atMost.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(child + ": " + answer.exceptionNow().getMessage(), e);
        }
    }

    /** What it says on descriptors 1 and 2. */
    public SubstituterLog log() {
        return log;
    }

    public Child child() {
        return child;
    }

    /**
     * Closes descriptor 0, upon which it is to end.
     *
     * @return its exit status
     * @throws IOException when it does not
     */
    public int finish() throws IOException, InterruptedException {
        child.sample();
        child.process().getOutputStream().close();
        if (!child.process().waitFor(FOR_THE_END.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException(child + " does not end when it has no more requests");
        }
        log.awaitEnd(FOR_THE_END);
        return child.process().exitValue();
    }
}
