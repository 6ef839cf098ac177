// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * Tells one peer which blocks have come of the NARs that it asked for and this node has a part of. Nothing is said of a NAR
 * that it did not ask for. What comes while the last news is still being written is said at one go after it, so that a slow
 * reader has little waiting. Part of the {@link PeerSession} actor, on its thread.
 */
final class Telling {
    /** NARs asked for that are remembered: those that were asked for before this node began to fetch them, too. */
    static final int REMEMBERED = 256;
    /** Windows no further from each other than a frame costs are one. */
    private static final int GAP = 96 * Byte.SIZE;

    private final PeerConnection connection;
    private final Consumer<Runnable> onActor;
    private final LinkedHashMap<NarHash, Told> asked = new LinkedHashMap<>(16, 0.75f, true);

    /** What a peer knows of one NAR. */
    private static final class Told {
        private @Nullable Sha256 root;
        private BitSet has = new BitSet();
        private int count;
        /** What has changed and was not said. */
        private BitSet unsaid = new BitSet();
        /** Something is to be said though no block may have changed: that there is another root, or a part at all. */
        private boolean due;
        private boolean underWay;
    }

    /** @param onActor runs an action on the session's thread */
    Telling(PeerConnection connection, Consumer<Runnable> onActor) {
        this.connection = connection;
        this.onActor = onActor;
    }

    /** The peer asks for a NAR. */
    void asked(NarHash nar) {
        asked.computeIfAbsent(nar, unknown -> new Told());
        if (asked.size() > REMEMBERED) {
            asked.pollFirstEntry();
        }
    }

    /** The peer was given the first window of what is here; it is told the others. */
    void offered(NarHash nar, Sha256 root, BlockBits first, BitSet has, int count) {
        Told told = asked.get(nar);
        if (told != null) {
            told.root = root;
            told.has = has;
            told.count = count;
            told.due = false;
            told.unsaid = (BitSet) has.clone();
            told.unsaid.clear(first.from(), first.from() + first.width());
            say(nar, told);
        }
    }

    /** There is news, for whoever asked. */
    void tell(Swarm.RelayNews news) {
        Told told = asked.get(news.nar());
        if (told == null) {
            return;
        }
        if (told.root != null && news.root().equals(told.root)) {
            told.unsaid.or(news.changed());
        } else {
            told.root = news.root();
            told.unsaid = (BitSet) news.has().clone();
            told.due = true;
        }
        told.due |= news.changed().isEmpty();
        told.has = news.has();
        told.count = news.count();
        say(news.nar(), told);
    }

    private void say(NarHash nar, Told told) {
        Sha256 root = told.root;
        if (told.underWay || root == null || (told.unsaid.isEmpty() && !told.due)) {
            return;
        }
        List<BlockBits> windows = windows(told);
        told.unsaid = new BitSet();
        told.due = false;
        told.underWay = true;
        windows.subList(0, windows.size() - 1)
                .forEach(window -> connection.send(new SwarmMessage.Have(nar, root, window)));
        connection.send(new SwarmMessage.Have(nar, root, windows.getLast()),
                () -> onActor.accept(() -> said(nar, told)));
    }

    private void said(NarHash nar, Told told) {
        told.underWay = false;
        say(nar, told);
    }

    /** As few frames as there can be, and no block that has not changed where that costs more than a frame. */
    private static List<BlockBits> windows(Told told) {
        List<BlockBits> windows = new ArrayList<>();
        int from = told.unsaid.nextSetBit(0);
        while (from >= 0) {
            int last = from;
            int next = told.unsaid.nextSetBit(last + 1);
            while (next >= 0 && next - last <= GAP && next - from < BlockBits.MAX_BYTES * Byte.SIZE) {
                last = next;
                next = told.unsaid.nextSetBit(last + 1);
            }
            // Up to a whole byte: a 0 would take back what was said before.
            int bytes = (last - from) / Byte.SIZE + 1;
            windows.add(BlockBits.of(told.has, from, Math.min(told.count, from + bytes * Byte.SIZE)));
            from = next;
        }
        if (windows.isEmpty()) {
            // That it fetches the NAR is news too.
            windows.add(BlockBits.of(told.has, 0, Math.min(told.count, Byte.SIZE)));
        }
        return windows;
    }
}
