// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.TraceLine;

/**
 * The log pipe of a substituter: trace lines, which the daemon's clients read, and messages for people. It is read to its end
 * whatever comes, as a substituter whose log nobody takes stands still.
 */
public final class SubstituterLog {
    /** Far more than any substituter has to say between two progress lines. */
    private static final int MAX_LINES = 1000;

    private final List<String> messages = new ArrayList<>();
    private final List<TraceLine> traces = new ArrayList<>();
    /** When bytes of a destination were first reported, on the clock of {@link System#nanoTime}. */
    private final Map<String, Long> firstBytes = new HashMap<>();
    private final Thread reader;

    private SubstituterLog(InputStream in, String name) {
        this.reader = Thread.ofPlatform().daemon().name(name + "-log").unstarted(() -> read(in));
    }

    static SubstituterLog of(InputStream in, String name) {
        SubstituterLog log = new SubstituterLog(in, name);
        log.reader.start();
        return log;
    }

    private void read(InputStream in) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            add("the log broke off: " + e.getMessage());
        }
    }

    private synchronized void add(String line) {
        if (line.isBlank()) {
            return; // Guix sets items apart by blank lines
        }
        if (!line.startsWith("@")) {
            keep(messages, line);
            return;
        }
        try {
            TraceLine trace = TraceLine.parse(line);
            // Of progress the daemon's clients want every line; here only how a download began and ended counts.
            if (!(trace instanceof TraceLine.Progress progress)) {
                keep(traces, trace);
            } else if (progress.done() > 0 && firstBytes.size() < MAX_LINES) {
                firstBytes.putIfAbsent(progress.destination().path(), System.nanoTime());
            }
        } catch (FormatException e) {
            keep(messages, e.getMessage() + " in: " + line);
        }
    }

    private static <T> void keep(List<T> list, T item) {
        if (list.size() < MAX_LINES) {
            list.add(item);
        }
    }

    /** Lines for people, malformed trace lines among them. */
    public synchronized List<String> messages() {
        return List.copyOf(messages);
    }

    /**
     * What is wrong with the traces of one item's download: they must be one {@code download-started} and then one {@code
     * download-succeeded}, or clients show nonsense (Guix: {@code guix/status.scm}). Empty when nothing is.
     */
    public synchronized String faultOf(StorePath item, String destination) {
        List<TraceLine> own = traces.stream().filter(line -> line.destination().path().equals(destination)).toList();
        boolean right = own.size() == 2 && own.getFirst() instanceof TraceLine.Started
                && own.getLast() instanceof TraceLine.Succeeded;
        return right ? "" : "traces of " + item + ": one start and one end expected, found " + own;
    }

    /** When the first bytes for {@code destination} were there, on the clock of {@link System#nanoTime}. */
    public synchronized OptionalLong firstByteAt(String destination) {
        Long at = firstBytes.get(destination);
        return at == null ? OptionalLong.empty() : OptionalLong.of(at);
    }

    void awaitEnd(Duration atMost) throws IOException, InterruptedException {
        if (!reader.join(atMost)) {
            throw new IOException("the log does not end with its process");
        }
    }
}
