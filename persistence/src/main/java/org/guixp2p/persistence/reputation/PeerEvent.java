// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import org.guixp2p.protocol.swarm.PeerId;

/**
 * Something that happened with a peer. What is written of it is fixed by {@link EventCodec} and read for ever: what changes its
 * meaning is a new event.
 */
public sealed interface PeerEvent extends JournalEntry {
    /** Most of what one event counts: no figure from outside fills a field. */
    int MAX_COUNT = 1_000_000;
    /** Most bytes or milliseconds of one event. */
    long MAX_AMOUNT = 1L << 50;

    /** With whom. */
    PeerId peer();

    /** When, in seconds since 1970. */
    long at();

    /**
     * It gave blocks of a NAR, all of them right.
     *
     * @param bytes of the NAR, as they stand in it
     * @param millis from the first question to the last block
     * @param blocks how many
     * @param firstMillis from the first question to the first block
     */
    record Succeeded(PeerId peer, long at, long bytes, long millis, int blocks, long firstMillis) implements PeerEvent {
        public Succeeded {
            checkTime(at);
            checkAmount(bytes);
            checkAmount(millis);
            checkCount(blocks);
            checkAmount(firstMillis);
        }
    }

    /** It did not give blocks that it had offered. */
    record Failed(PeerId peer, long at, int blocks) implements PeerEvent {
        public Failed {
            checkTime(at);
            checkCount(blocks);
        }
    }

    /** It gave blocks that do not match the manifest that it stands for itself. */
    record CorruptBlock(PeerId peer, long at, int blocks) implements PeerEvent {
        public CorruptBlock {
            checkTime(at);
            checkCount(blocks);
        }
    }

    /** It vouched for a NAR that has another hash. */
    record VouchedWrongly(PeerId peer, long at) implements PeerEvent {
        public VouchedWrongly {
            checkTime(at);
        }
    }

    /** It sent what no peer that keeps to the protocol sends. */
    record Malformed(PeerId peer, long at) implements PeerEvent {
        public Malformed {
            checkTime(at);
        }
    }

    /** It owed blocks and gave none, for so long that they were asked of others. */
    record Stalled(PeerId peer, long at, int blocks) implements PeerEvent {
        public Stalled {
            checkTime(at);
            checkCount(blocks);
        }
    }

    /** A connection to it stood for a while. */
    record Connected(PeerId peer, long at) implements PeerEvent {
        public Connected {
            checkTime(at);
        }
    }

    /** A dial came to nothing. */
    record DialFailed(PeerId peer, long at) implements PeerEvent {
        public DialFailed {
            checkTime(at);
        }
    }

    /**
     * It is refused from now on.
     *
     * @param seconds for how long
     */
    record Banned(PeerId peer, long at, long seconds) implements PeerEvent {
        public Banned {
            checkTime(at);
            checkAmount(seconds);
        }
    }

    private static void checkTime(long at) {
        if (at < 0 || at > MAX_AMOUNT) {
            throw new IllegalArgumentException("time out of range: " + at);
        }
    }

    private static void checkAmount(long amount) {
        if (amount < 0 || amount > MAX_AMOUNT) {
            throw new IllegalArgumentException("amount out of range: " + amount);
        }
    }

    private static void checkCount(int count) {
        if (count < 1 || count > MAX_COUNT) {
            throw new IllegalArgumentException("count out of range: " + count);
        }
    }
}
