// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.node.download.NarEvent;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.NixOptions;
import org.guixp2p.protocol.substituter.TraceGuard;
import org.junit.jupiter.api.Test;

/** What a client of the daemon is shown while an item comes from here and there. */
class NarFramesTest {
    private static final String ITEM = "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";
    private static final String SWARM = "guixp2p://swarm/nar/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";
    private static final String SERVER = "https://example.org/nar/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";
    private static final int NAR_BYTES = 1000;

    private final AtomicLong nanos = new AtomicLong(5);

    private static NarEvent bytes(int count, String origin) {
        return new NarEvent.Bytes(new byte[count], origin);
    }

    /** The frames of {@code events}, each of which comes 100 ms after the one before it. */
    private List<FromNode> frames(String options, NarEvent... events) throws FormatException {
        NarFrames frames = new NarFrames(Command.parseSubstitute("substitute " + ITEM + " " + ITEM), NAR_BYTES,
                NixOptions.parse(options), nanos::get);
        List<FromNode> all = new ArrayList<>();
        for (NarEvent event : events) {
            assertFalse(frames.over());
            all.addAll(frames.of(event));
            nanos.addAndGet(Duration.ofMillis(100).toNanos());
        }
        assertTrue(frames.over());
        assertEquals(events[events.length - 1] instanceof NarEvent.Done, frames.complete());
        return all;
    }

    private static String traces(List<FromNode> frames) {
        return frames.stream()
                .flatMap(frame -> frame instanceof FromNode.Trace trace ? Stream.of(trace.bytes()) : Stream.empty())
                .map(bytes -> StandardCharsets.UTF_8.decode(bytes.duplicate()).toString())
                .collect(Collectors.joining());
    }

    private static String kinds(List<FromNode> frames) {
        return frames.stream().map(frame -> frame.type().toString()).collect(Collectors.joining(" "));
    }

    @Test
    void anItemFromOneSource() throws Exception {
        List<FromNode> frames = frames("print-extended-build-trace=1", bytes(300, SWARM), bytes(300, SWARM),
                bytes(400, SWARM), new NarEvent.Done());
        assertEquals("trace nar trace nar nar trace trace nar-end", kinds(frames));
        assertEquals("""
                @ download-started %1$s %2$s 1000
                @ download-progress %1$s %2$s 1000 300
                @ download-progress %1$s %2$s 1000 1000
                @ download-progress %1$s %2$s 1000 1000
                @ download-succeeded %1$s %2$s 1000

                """.formatted(ITEM, SWARM), traces(frames));
    }

    /** Two downloads of one item at once suppress its progress bar, and progress that goes back confuses it. */
    @Test
    void throughARestartAndAnotherSourceItStaysOneDownload() throws Exception {
        List<FromNode> frames = frames("print-extended-build-trace=1", bytes(600, SWARM), new NarEvent.Restart(),
                bytes(300, SERVER), bytes(500, SERVER), bytes(200, SERVER), new NarEvent.Done());
        assertEquals("trace nar trace restart nar trace nar nar trace nar-end",
                kinds(frames).replaceAll("trace trace", "trace"));
        assertEquals("""
                @ download-started %1$s %2$s 1000
                @ download-progress %1$s %2$s 1000 600
                @ download-progress %1$s %2$s 1000 600
                @ download-progress %1$s %2$s 1000 1000
                @ download-progress %1$s %2$s 1000 1000
                @ download-succeeded %1$s %2$s 1000

                """.formatted(ITEM, SWARM), traces(frames));
        TraceGuard guard = new TraceGuard(Command.parseSubstitute("substitute " + ITEM + " " + ITEM).destination(),
                true);
        assertEquals(traces(frames), pass(guard, frames), "a restorer lets all of it pass");
    }

    private static String pass(TraceGuard guard, List<FromNode> frames) {
        StringBuilder passed = new StringBuilder();
        for (FromNode frame : frames) {
            if (frame instanceof FromNode.Trace trace) {
                passed.append(StandardCharsets.UTF_8.decode(ByteBuffer.wrap(guard.pass(trace.bytes()))));
            }
        }
        return passed.toString();
    }

    @Test
    void whatIsGivenUpIsEnded() throws Exception {
        List<FromNode> frames = frames("print-extended-build-trace=1", bytes(600, SWARM),
                new NarEvent.Failed("no source is left"));
        assertEquals("trace nar trace trace not-found", kinds(frames));
        assertEquals(new FromNode.NotFound("no source is left"), frames.getLast());
        assertTrue(traces(frames).endsWith("@ download-succeeded " + ITEM + " " + SWARM + " 600\n"), traces(frames));
    }

    @Test
    void whatNeverBeganLeavesNoTrace() throws Exception {
        assertEquals("not-found", kinds(frames("print-extended-build-trace=1", new NarEvent.Failed("no"))));
        assertEquals("restart not-found", kinds(frames("", new NarEvent.Restart(), new NarEvent.Failed("no"))));
    }

    @Test
    void aReasonOfAnyLengthFitsIntoItsFrame() throws Exception {
        FromNode last = frames("", new NarEvent.Failed("x".repeat(100_000))).getLast();
        assertEquals(new FromNode.NotFound("x".repeat(1000)), last);
    }

    @Test
    void withoutExtendedTracesThereIsOneProgressBar() throws Exception {
        String bar = traces(frames("terminal-columns=60", bytes(600, SWARM), new NarEvent.Restart(),
                bytes(1000, SERVER), new NarEvent.Done()));
        assertFalse(bar.contains("@"), bar);
        assertTrue(bar.contains("hello-2.12.1"), bar);
        assertTrue(bar.contains("100"), bar);
        assertTrue(bar.endsWith("\n"), bar);
        TraceGuard guard = new TraceGuard(Command.parseSubstitute("substitute " + ITEM + " " + ITEM).destination(),
                false);
        List<FromNode> frames = frames("terminal-columns=60", bytes(1000, SWARM), new NarEvent.Done());
        assertEquals(traces(frames), pass(guard, frames));
    }
}
