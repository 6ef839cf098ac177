// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a node, on its socket. */
class ObserverTest {
    @TempDir
    private Path directory;

    private final List<ControlQuestion> asked = new CopyOnWriteArrayList<>();
    private volatile long uptime = 100;
    private volatile List<Long> events = List.of();
    private volatile List<Class<? extends ControlQuestion>> unknown = List.of();
    private ControlServer node;
    private Observer observer;

    @BeforeEach
    void start() throws IOException {
        node = ControlServer.start(directory.resolve("node"), RateLimits.none(), this::answer);
        observer = new Observer(directory.resolve("node"), System::nanoTime);
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
    }

    private CompletableFuture<?> answer(ControlQuestion question, Consumer<Map<String, ?>> line) {
        asked.add(question);
        if (unknown.contains(question.getClass())) {
            return CompletableFuture.failedFuture(new FormatException("nothing of that"));
        }
        if (question instanceof ControlQuestion.Status) {
            line.accept(Map.ofEntries(Map.entry("peer_id", "p"), Map.entry("version", "0.9"),
                    Map.entry("uptime_s", uptime), Map.entry("policy", "p2p-first"), Map.entry("share", "lan"),
                    Map.entry("reachability", Map.of("ipv4", "unknown", "ipv6", "unknown")),
                    Map.entry("dht_nodes", 0), Map.entry("seeds", 0), Map.entry("active_transfers", 0),
                    Map.entry("builds_seen", 0), Map.entry("provider_records", 0), Map.entry("received_bytes", 0),
                    Map.entry("given_bytes", 0)));
        } else if (question instanceof ControlQuestion.Events after) {
            events.stream().filter(number -> number > after.since()).forEach(number -> line.accept(Map.of("number",
                    number, "at", "2026-11-28T00:00:00Z", "type", "seed-removed", "narHash", "sha256:x")));
        }
        return CompletableFuture.completedFuture(null);
    }

    private static List<Long> numbers(Sample sample) {
        return sample.events().stream().map(Sample.Event::number).toList();
    }

    @Test
    void onlyWhatIsPrintedIsAskedFor() throws IOException {
        Sample sample = observer.lookAtActivity();
        assertEquals(100, sample.summary().uptimeSeconds());
        assertEquals(List.of(new ControlQuestion.Status(), new ControlQuestion.Transfers(),
                new ControlQuestion.Peers()), asked);
    }

    @Test
    void anOlderNodeDoesNotSayAll() throws IOException {
        unknown = List.of(ControlQuestion.Builds.class, ControlQuestion.Events.class);
        Sample sample = observer.look();
        String why = "the node says: the node cannot say: nothing of that";
        assertEquals(Map.of(Listing.FINISHED, why, Listing.EVENTS, why), sample.withheld());
        unknown = List.of();
        assertEquals(Map.of(), observer.look().withheld());
        // One that does not say even how it is doing is of no use, nor is one that is not there.
        unknown = List.of(ControlQuestion.Status.class);
        assertThrows(IOException.class, observer::look);
        node.close();
        assertThrows(IOException.class, observer::look);
    }

    /** Its numbers may be lower, when the clock was set back meanwhile. */
    @Test
    void eventsOfANodeThatWasStartedAgainBeginAnew() throws IOException {
        events = List.of(900L, 901L);
        assertEquals(List.of(901L, 900L), numbers(observer.look()));
        events = List.of(900L, 901L, 902L);
        assertEquals(List.of(902L, 901L, 900L), numbers(observer.look()));
        assertEquals(List.of(new ControlQuestion.Events(0), new ControlQuestion.Events(901)),
                asked.stream().filter(ControlQuestion.Events.class::isInstance).toList());
        uptime = 3;
        events = List.of(500L);
        assertEquals(List.of(500L), numbers(observer.look()));
    }
}
