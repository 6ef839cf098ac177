// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.guixp2p.node.download.NarEvent;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.NixOptions;
import org.guixp2p.protocol.substituter.ProgressReporter;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a download yields into frames, with the traces between them that the daemon's client asked for.
 *
 * <p>There is one trace for an item, whatever sources it comes from in the end: a client takes a second one for another
 * download. So it goes on through a restart, and its progress never goes back.
 */
final class NarFrames {
    private static final int MOST_REASON = 1000;

    private final Command.Substitute request;
    private final long narBytes;
    private final NixOptions options;
    private final LongSupplier nanoTime;
    private @Nullable ProgressReporter reporter;
    private long sent;
    private long furthest;
    private boolean complete;
    private boolean over;

    /**
     * @param nanoTime a steady clock, for the pace of progress
     */
    NarFrames(Command.Substitute request, long narBytes, NixOptions options, LongSupplier nanoTime) {
        this.request = request;
        this.narBytes = narBytes;
        this.options = options;
        this.nanoTime = nanoTime;
    }

    /** Whether the last frame was made. */
    boolean over() {
        return over;
    }

    /** Whether that was the end of a whole NAR. */
    boolean complete() {
        return complete;
    }

    /** The frames for the next event; not for several threads at once. */
    List<FromNode> of(NarEvent event) {
        List<FromNode> frames = new ArrayList<>(3);
        switch (event) {
            case NarEvent.Bytes(byte[] bytes, String origin) -> {
                ProgressReporter open = open(origin, frames);
                frames.add(new FromNode.Nar(ByteBuffer.wrap(bytes)));
                sent += bytes.length;
                furthest = Math.max(furthest, sent);
                trace(open.progress(furthest, nanoTime.getAsLong()), frames);
            }
            case NarEvent.Restart _ -> {
                sent = 0;
                frames.add(new FromNode.Restart());
            }
            case NarEvent.Done _ -> {
                if (reporter != null) {
                    trace(reporter.finished(furthest, nanoTime.getAsLong()), frames);
                }
                frames.add(new FromNode.NarEnd());
                complete = true;
                over = true;
            }
            case NarEvent.Failed(String reason) -> {
                if (reporter != null) {
                    trace(reporter.abandoned(), frames);
                }
                frames.add(new FromNode.NotFound(brief(reason)));
                over = true;
            }
        }
        return frames;
    }

    /** The trace begins with the first byte: until then nobody knows where it comes from. */
    private ProgressReporter open(String origin, List<FromNode> frames) {
        ProgressReporter open = reporter;
        if (open == null) {
            open = ProgressReporter.of(options, request.destination(), URI.create(origin), request.path().name(),
                    OptionalLong.of(narBytes));
            reporter = open;
            trace(open.started(nanoTime.getAsLong()), frames);
        }
        return open;
    }

    private static void trace(String text, List<FromNode> frames) {
        if (!text.isEmpty()) {
            frames.add(new FromNode.Trace(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
        }
    }

    /** As much of a reason as fits into a frame. */
    static String brief(String reason) {
        return reason.substring(0, Math.min(reason.length(), MOST_REASON));
    }
}
