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
    /** Above this a command is large: it names more than a thousand paths. */
    static final int LARGE = 65_536;
    /** Messages read ahead of the session; a restorer sends one and waits. */
    private static final int READ_AHEAD = 4;

    private final SocketChannel channel;
    private final Semaphore turns;
    private final LongSupplier nanoTime;
    private final Semaphore readAhead = new Semaphore(READ_AHEAD);
    private volatile boolean over;
    /** Since when a frame is being read that has not ended; null between frames. */
    private volatile @Nullable Long frameBegun;
    private boolean hasTurn;

    /** Who is told what was read. */
    interface Listener {
        /** A message came; {@link BridgeReader#taken} says that there is room for another. */
        void received(FromRestorer message);

        /** Nothing more will come, with the fault if the restorer broke the protocol. */
        void ended(Optional<String> fault);
    }

    /**
     * @param turns how many large commands may be at work in the whole node
     */
    BridgeReader(SocketChannel channel, Semaphore turns, LongSupplier nanoTime) {
        this.channel = channel;
        this.turns = turns;
        this.nanoTime = nanoTime;
    }

    void start(Listener listener) {
        Thread.ofVirtual().name("bridge-reader").start(() -> {
            try {
                FrameDecoder<FromRestorer> decoder = FrameDecoder.ofRestorer();
                for (FromRestorer message = next(decoder); message != null; message = next(decoder)) {
                    readAhead.acquire();
                    if (over) {
                        break;
                    }
                    listener.received(message);
                }
                listener.ended(Optional.empty());
            } catch (FormatException e) {
                listener.ended(Optional.of(String.valueOf(e.getMessage())));
            } catch (IOException | InterruptedException e) {
                listener.ended(Optional.empty());
            }
        });
    }

    private @Nullable FromRestorer next(FrameDecoder<FromRestorer> decoder) throws IOException, InterruptedException {
        boolean turnCame = false;
        while (true) {
            FromRestorer message = decoder.next();
            if (message != null) {
                frameBegun = decoder.holdsPart() ? (Long) nanoTime.getAsLong() : null;
                return message;
            }
            if (decoder.announced() > LARGE && !turnCame) {
                frameBegun = null;
                awaitTurn();
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

    private void awaitTurn() throws InterruptedException {
        synchronized (this) {
            while (hasTurn && !over) {
                wait();
            }
        }
        turns.acquire();
        synchronized (this) {
            hasTurn = true;
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

    /** A message was dealt with. */
    void taken() {
        readAhead.release();
    }

    /** The command was answered: if it was a large one, another's turn has come. */
    synchronized void release() {
        if (hasTurn) {
            hasTurn = false;
            turns.release();
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
