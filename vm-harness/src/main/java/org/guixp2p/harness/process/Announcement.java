// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.guixp2p.protocol.FormatException;

/**
 * The one line by which a program says on its standard output that it serves, and where: {@code ready NAME=VALUE…}.
 *
 * @param values by name
 */
public record Announcement(Map<String, String> values) {
    private static final String READY = "ready ";

    public Announcement {
        values = Map.copyOf(values);
    }

    /**
     * Waits for the line. What comes on the standard output before and after it goes to {@code rest}, on another thread,
     * until the process ends.
     *
     * @throws IOException when the process ends or the time is up without one
     */
    public static Announcement await(Child child, Duration atMost, Consumer<String> rest)
            throws IOException, InterruptedException {
        CompletableFuture<Announcement> ready = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name(child.name() + "-output").start(() -> read(child, ready, rest));
        try {
            return ready.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException(child + " is not ready after " + atMost.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(child + " did not get ready: " + ready.exceptionNow().getMessage(), e);
        }
    }

    private static void read(Child child, CompletableFuture<Announcement> ready, Consumer<String> rest) {
        try (BufferedReader lines = child.process().inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(READY) && !ready.isDone()) {
                    ready.complete(parse(line));
                } else {
                    rest.accept(line);
                }
            }
            ready.completeExceptionally(new IOException("it ended before"));
        } catch (IOException | UncheckedIOException e) {
            ready.completeExceptionally(e);
        }
    }

    static Announcement parse(String line) throws FormatException {
        Map<String, String> values = new LinkedHashMap<>();
        for (String word : line.substring(READY.length()).split(" ", -1)) {
            int equals = word.indexOf('=');
            if (equals < 1 || values.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
                throw new FormatException("ready line: NAME=VALUE expected, found " + FormatException.quote(word));
            }
        }
        return new Announcement(values);
    }

    /**
     * A value that must be there.
     *
     * @throws FormatException when it is not
     */
    public String value(String name) throws FormatException {
        String value = values.get(name);
        if (value == null) {
            throw new FormatException("ready line: no " + name + " among " + values.keySet());
        }
        return value;
    }
}
