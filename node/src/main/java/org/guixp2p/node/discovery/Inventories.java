// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * What connected peers say that they have, each in a {@link NarFilter}, all together within a bound, and each within twice what is
 * left after it, as outboxes are. What it has by then it keeps when others take more of what was left; it may add half as much as is
 * left after that, in however many changes. What is set aside is what a peer has named, not what it promises to. For one thread.
 */
public final class Inventories {
    private final long mostBytes;
    private static final int TIMES_LEFT = 2;
    /** How many peers' past is kept that are gone. */
    static final int MOST_GONE = 1024;

    private final Map<PeerId, Told> peers = new LinkedHashMap<>();
    /** So that nobody begins anew by coming again; who has gone last stands last. */
    private final LinkedHashMap<PeerId, FalsePositives> gone = new LinkedHashMap<>();
    private long bytes;

    /** What one peer has told. */
    private static final class Told {
        private final FalsePositives falsePositives;
        private @Nullable NarFilter filter;
        /** What is set aside for the filter. */
        private long bytes;
        /** The part of that which was within twice what was left. */
        private long established;

        private Told(FalsePositives falsePositives) {
            this.falsePositives = falsePositives;
        }
    }

    /** @param mostBytes what all filters together may take */
    public Inventories(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /**
     * A peer begins its inventory, the first one or another one. If there is no room for the whole of it now, nothing is kept; what
     * the peer had told before is forgotten, but not how often it was wrong.
     *
     * @return whether there is room
     */
    public boolean begin(PeerId peer, InventoryKey key) {
        Told told = peers.computeIfAbsent(peer, this::comes);
        drop(told);
        NarFilter empty = NarFilter.empty(key);
        if (!mayHave(told, NarFilter.bytes(key)) || !setAside(told, empty.bytes())) {
            return false;
        }
        told.filter = empty;
        return true;
    }

    private Told comes(PeerId peer) {
        FalsePositives past = gone.remove(peer);
        return new Told(past == null ? new FalsePositives() : past);
    }

    /**
     * A peer's inventory changes. When there is no room for that, it is forgotten until the peer begins another one, and what
     * changes meanwhile is not looked at.
     *
     * @return whether it is kept
     * @throws FormatException when the peer has begun none, or this cannot be a change of it
     */
    public boolean change(PeerId peer, SwarmMessage.InventoryChange change) throws FormatException {
        Told told = peers.get(peer);
        if (told == null) {
            throw new FormatException("inventory: a change of one that was not begun");
        }
        if (told.filter == null) {
            return false;
        }
        NarFilter changed = told.filter.with(change);
        if (!setAside(told, changed.bytes())) {
            drop(told);
            return false;
        }
        told.filter = changed;
        return true;
    }

    private long leftAfter(Told told, long needed) {
        return mostBytes - bytes - Math.max(0, needed - told.bytes);
    }

    private boolean mayHave(Told told, long needed) {
        long left = leftAfter(told, needed);
        return needed <= told.bytes
                || (left >= 0 && (needed <= TIMES_LEFT * left || TIMES_LEFT * (needed - told.established) <= left));
    }

    private boolean setAside(Told told, long needed) {
        if (!mayHave(told, needed)) {
            return false;
        }
        long left = leftAfter(told, needed);
        long more = Math.max(0, needed - told.bytes);
        told.bytes += more;
        bytes += more;
        if (told.bytes <= TIMES_LEFT * left) {
            told.established = told.bytes;
        }
        return true;
    }

    private void drop(Told told) {
        bytes -= told.bytes;
        told.bytes = 0;
        told.established = 0;
        told.filter = null;
    }

    /** A peer is gone. */
    public void forget(PeerId peer) {
        Told told = peers.remove(peer);
        if (told == null) {
            return;
        }
        drop(told);
        if (told.falsePositives.isKnown()) {
            gone.putLast(peer, told.falsePositives);
            if (gone.size() > MOST_GONE) {
                gone.pollFirstEntry();
            }
        }
    }

    /** What is set aside for filters, in bytes. */
    public long bytes() {
        return bytes;
    }

    /**
     * The peers that may have a NAR and are worth a question, in the order in which they came. All whose inventories were looked at
     * count as asked: this is called once for each time that a NAR is wanted.
     */
    public List<PeerId> mayHave(NarHash nar) {
        return find(nar, true);
    }

    /** Likewise, when nobody is asked because of that. */
    public List<PeerId> named(NarHash nar) {
        return find(nar, false);
    }

    private List<PeerId> find(NarHash nar, boolean counts) {
        List<PeerId> ids = new ArrayList<>();
        List<FalsePositives> pasts = new ArrayList<>();
        List<NarFilter> filters = new ArrayList<>();
        peers.forEach((peer, told) -> {
            NarFilter filter = told.filter;
            if (filter != null) {
                ids.add(peer);
                pasts.add(told.falsePositives);
                filters.add(filter);
            }
        });
        BitSet positive = NarFilter.whichMayHave(filters, nar);
        List<PeerId> found = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            FalsePositives past = pasts.get(i);
            if (counts) {
                past.looked(filters.get(i).falsePositiveRate(), positive.get(i));
            }
            if (positive.get(i) && !past.exceeded()) {
                found.add(ids.get(i));
            }
        }
        return found;
    }

    /**
     * A peer says that it does not have a NAR. If its inventory names that, one of both is wrong.
     *
     * @return whether that has come about too often by now, so that it will not be found any more
     */
    public boolean missed(PeerId peer, NarHash nar) {
        Told told = peers.get(peer);
        NarFilter filter = told == null ? null : told.filter;
        if (told == null || filter == null || told.falsePositives.exceeded() || !filter.mayHave(nar)) {
            return false;
        }
        told.falsePositives.wrong();
        return told.falsePositives.exceeded();
    }
}
