// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what one restorer sends, on a virtual thread that may block: it waits for the session, which holds back a restorer
 * that sends more than it should, and for its turn with a large command, so that many of them do not fill the heap at once.
 */
final class BridgeReader {
    /** Messages read ahead of the session; a restorer sends one and waits. */
    private static final int READ_AHEAD = 4;

    private final SocketChannel channel;
    private final Turns turns;
    private final LongSupplier nanoTime;
    private final Semaphore readAhead = new Semaphore(READ_AHEAD);
    private volatile boolean over;
    /** Since when a frame is being read that has not ended; null between frames. */
    private volatile @Nullable Long frameBegun;
    private volatile boolean awaitingTurn;
    private @Nullable Semaphore turn;

    /** Who is told what was read. */
    interface Listener {
        /**
         * A message came; {@link BridgeReader#taken} says that there is room for another.
         *
         * @param large whether it has a turn, which {@link BridgeReader#release} ends
         */
        void received(FromRestorer message, boolean large);

        /** Nothing more will come, with the fault if the restorer broke the protocol. */
        void ended(Optional<String> fault);
    }

    /**
     * @param turns shared with the other sessions
     */
    BridgeReader(SocketChannel channel, Turns turns, LongSupplier nanoTime) {
        this.channel = channel;
        this.turns = turns;
        this.nanoTime = nanoTime;
    }

    void start(Listener listener) {
        Thread.ofVirtual().name("bridge-reader").start(() -> {
            try {
                FrameDecoder<FromRestorer> decoder = FrameDecoder.ofRestorer();
                for (Read read = next(decoder); read != null; read = next(decoder)) {
                    readAhead.acquire();
                    if (over) {
                        break;
                    }
                    listener.received(read.message(), read.large());
                }
                listener.ended(Optional.empty());
            } catch (FormatException e) {
                listener.ended(Optional.of(String.valueOf(e.getMessage())));
            } catch (IOException | InterruptedException e) {
                listener.ended(Optional.empty());
            } catch (RuntimeException e) {
                listener.ended(Optional.of("reading failed: " + e));
            }
        });
    }

    private record Read(FromRestorer message, boolean large) {}

    private @Nullable Read next(FrameDecoder<FromRestorer> decoder) throws IOException, InterruptedException {
        boolean turnCame = false;
        while (true) {
            FromRestorer message = decoder.next();
            if (message != null) {
                // It may have come at once, though it is large.
                if (!turnCame && message instanceof FromRestorer.Command(String line)
                        && line.length() > Turns.LARGE_BYTES) {
                    frameBegun = null;
                    awaitTurn(line.length());
                    turnCame = true;
                }
                frameBegun = decoder.holdsPart() ? (Long) nanoTime.getAsLong() : null;
                return new Read(message, turnCame);
            }
            if (decoder.announced() > Turns.LARGE_BYTES && !turnCame) {
                frameBegun = null;
                awaitTurn(decoder.announced());
                turnCame = true;
            }
            if (over || decoder.fill(channel) < 0) {
                return null;
            }
            if (frameBegun == null) {
                frameBegun = nanoTime.getAsLong();
            }
        }
    }

    private void awaitTurn(long bytes) throws InterruptedException {
        synchronized (this) {
            while (turn != null && !over) {
                wait();
            }
        }
        Semaphore wanted = turns.of(bytes);
        awaitingTurn = true;
        try {
            wanted.acquire();
        } finally {
            awaitingTurn = false;
        }
        synchronized (this) {
            turn = wanted;
            if (over) {
                release();
            }
        }
    }

    /** How long the frame that is being read has been so, in nanoseconds; 0 between frames and while it waits its turn. */
    long frameAge() {
        Long begun = frameBegun;
        return begun == null ? 0 : nanoTime.getAsLong() - begun;
    }

    /** Whether a large frame has come whose turn has not. */
    boolean awaitsTurn() {
        return awaitingTurn;
    }

    /** A message was dealt with. */
    void taken() {
        readAhead.release();
    }

    /** The large frame was dealt with: another's turn has come. */
    synchronized void release() {
        if (turn != null) {
            turn.release();
            turn = null;
            notifyAll();
        }
    }

    /** Reads no more than it has begun to; the channel is somebody else's to close. */
    synchronized void stop() {
        over = true;
        readAhead.release(READ_AHEAD);
        release();
        notifyAll();
    }
}
