// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Predicate;
import org.guixp2p.protocol.item.NarHash;

/**
 * Which items of the store were opened because somebody asked, within a bound: there may be hundreds of thousands, and whoever
 * asks again has one opened again. Part of the {@link Seeds} actor, on its thread.
 */
final class OpenedItems {
    /** What is known of one, in bytes: half a KiB, and as much for its place in maps. */
    static final int BYTES = 1024;
    /** Whoever has one opened asks about it once more, and is not to find it gone. */
    private static final int LEAST = 64;

    private final long most;
    private final Predicate<NarHash> isRead;
    /** The one that was asked for longest ago first. */
    private final LinkedHashMap<NarHash, Catalogue.Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param memory for all of them, in bytes; what is read stays in any case
     * @param isRead whether somebody is at it
     */
    OpenedItems(long memory, Predicate<NarHash> isRead) {
        this.most = Math.max(LEAST, memory / BYTES);
        this.isRead = isRead;
    }

    /**
     * One more is open.
     *
     * @return those that are to make room; nobody need be told, as they can be had as before
     */
    List<Catalogue.Entry> add(Catalogue.Entry entry) {
        entries.put(entry.offered().hash(), entry);
        List<Catalogue.Entry> gone = new ArrayList<>();
        Iterator<Catalogue.Entry> oldest = entries.values().iterator();
        while (entries.size() > most && oldest.hasNext()) {
            Catalogue.Entry next = oldest.next();
            if (!next.equals(entry) && !isRead.test(next.offered().hash())) {
                oldest.remove();
                gone.add(next);
            }
        }
        return gone;
    }

    /** Somebody asks for it, if it is one of these. */
    void asked(NarHash hash) {
        var _ = entries.get(hash);
    }

    /** It is not offered any more, or from elsewhere. */
    void remove(Catalogue.Entry entry) {
        entries.remove(entry.offered().hash(), entry);
    }
}
