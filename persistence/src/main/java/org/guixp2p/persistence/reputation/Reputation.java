// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * What the node makes of its peers, from what it is told of them: answers at once, from memory, on any thread. What it is told
 * is written to the disk later, when there is a journal.
 */
public final class Reputation {
    /** Events that wait for the disk; after these the oldest are not written any more. */
    static final int MAX_UNWRITTEN = 8_192;
    /**
     * Dials that failed before a start count no more than this: it may have been this machine that was off the network, and it
     * should not take minutes to come back.
     */
    private static final int STREAK_AT_START = 3;

    private final InstantSource clock;
    private final RandomGenerator random;
    private final Deque<PeerEvent> unwritten = new ArrayDeque<>();
    private PeerTable table = new PeerTable(PeerTable.CAPACITY);
    private boolean journalled;
    private long lost;
    private Runnable atOnce = () -> {};

    private Reputation(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** One that begins with nothing, and forgets all when the process ends unless a journal takes it up. */
    public static Reputation empty(InstantSource clock, RandomGenerator random) {
        return new Reputation(clock, random);
    }

    // What happens.

    /**
     * A peer did what no honest peer does, and is refused from now on. As long as it is, further offences are taken for the
     * same one: a liar is found out by several downloads at once.
     *
     * @return for how long
     */
    public synchronized Duration misbehaved(PeerId peer, Offence offence) {
        Optional<Duration> earlier = refusedFor(peer);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        note(offence.by(peer, now()));
        Duration length = Bans.length(offence, table.get(peer).strikes());
        note(new PeerEvent.Banned(peer, now(), length.toSeconds()));
        atOnce.run();
        return length;
    }

    /** A connection to the peer stood for long enough to say that it can be reached. */
    public synchronized void connected(PeerId peer) {
        note(new PeerEvent.Connected(peer, now()));
    }

    /** A dial came to nothing, or the connection to nothing. */
    public synchronized void dialFailed(PeerId peer) {
        note(new PeerEvent.DialFailed(peer, now()));
    }

    /** A download has no more to ask of the peer. */
    public synchronized void transferred(PeerId peer, Transfer transfer) {
        long now = now();
        if (transfer.blocks() > 0) {
            note(new PeerEvent.Succeeded(peer, now, amount(transfer.bytes()), amount(transfer.millis()),
                    count(transfer.blocks()), amount(transfer.firstMillis())));
        }
        if (transfer.failed() > 0) {
            note(new PeerEvent.Failed(peer, now, count(transfer.failed())));
        }
        if (transfer.stalled() > 0) {
            note(new PeerEvent.Stalled(peer, now, count(transfer.stalled())));
        }
    }

    private static long amount(long value) {
        return Math.clamp(value, 0, PeerEvent.MAX_AMOUNT);
    }

    private static int count(int value) {
        return Math.min(value, PeerEvent.MAX_COUNT);
    }

    private void note(PeerEvent event) {
        table.apply(event);
        if (!journalled) {
            return;
        }
        if (unwritten.size() >= MAX_UNWRITTEN) {
            unwritten.removeFirst();
            lost++;
        }
        unwritten.addLast(event);
    }

    private long now() {
        return Math.max(0, clock.instant().getEpochSecond());
    }

    // What follows from it.

    /** For how long the peer is refused yet; empty when it is welcome. */
    public synchronized Optional<Duration> refusedFor(PeerId peer) {
        long seconds = table.get(peer).bannedFor(now());
        return seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
    }

    /** How long to wait before the peer is dialled again. */
    public synchronized Duration dialDelay(PeerId peer) {
        return refusedFor(peer).map(ban -> ban.compareTo(Backoff.LONGEST) < 0 ? ban : Backoff.LONGEST)
                .orElseGet(() -> Backoff.delay(table.get(peer).dialStreak(), random));
    }

    /** Peers that have the same thing, in the order in which to ask them; those that nobody knows get a chance too. */
    public synchronized List<PeerId> rank(Collection<PeerId> peers) {
        long now = now();
        return ProviderRanking.rank(peers, peer -> table.get(peer).at(now),
                peer -> table.get(peer).bannedFor(now) > 0, random);
    }

    /** What is remembered of the peer, as of now. */
    public synchronized PeerRecord known(PeerId peer) {
        return table.get(peer).at(now());
    }

    /** How many peers are remembered. */
    public synchronized int size() {
        return table.size();
    }

    /** How all of them stand now. Takes some milliseconds for thousands, in which nobody waits. */
    public Standings standings() {
        return Standings.of(entries(), now());
    }

    private synchronized List<PeerTable.Entry> entries() {
        return table.entries();
    }

    // For the journal.

    /**
     * Goes on from what the journal holds.
     *
     * @param atOnce called when something should be written soon
     */
    synchronized void begin(List<PeerTable.Entry> recovered, Runnable atOnce) {
        table = PeerTable.of(PeerTable.CAPACITY, recovered.stream()
                .map(entry -> new PeerTable.Entry(entry.peer(),
                        entry.known().streak(Math.min(entry.known().dialStreak(), STREAK_AT_START))))
                .toList());
        this.atOnce = atOnce;
        journalled = true;
    }

    /** Nothing is written any more, what waits for it neither. */
    synchronized void end() {
        journalled = false;
        unwritten.clear();
    }

    synchronized boolean hasUnwritten() {
        return !unwritten.isEmpty();
    }

    /** Takes what is to be written next, the oldest first. */
    synchronized List<PeerEvent> take(int most) {
        List<PeerEvent> taken = new ArrayList<>(Math.min(most, unwritten.size()));
        while (taken.size() < most && !unwritten.isEmpty()) {
            taken.add(unwritten.removeFirst());
        }
        return taken;
    }

    /** How many events could not wait, since this was asked last. */
    synchronized long takeLost() {
        long count = lost;
        lost = 0;
        return count;
    }
}
