// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;

/**
 * Items that one refers to, directly or not.
 *
 * @param offers the first is the one that refers to all others
 * @param depth levels of references, that of the first included
 */
record Closure(List<SubstituteSite.Offer> offers, int depth) {
    Closure {
        offers = List.copyOf(offers);
    }

    /** The one that refers to all others. */
    StorePath root() {
        return offers.getFirst().item().path();
    }

    List<TreeItem> items() {
        return offers.stream().map(SubstituteSite.Offer::item).toList();
    }

    Map<StorePath, TreeItem> byPath() {
        return items().stream().collect(Collectors.toMap(TreeItem::path, item -> item));
    }

    /** Bytes of all NARs. */
    long narBytes() {
        return items().stream().mapToLong(item -> item.nar().size().bytes()).sum();
    }

    /** Size of the NAR in the middle; of an even number, the smaller of the two. */
    long medianBytes() {
        long[] sizes = items().stream().mapToLong(item -> item.nar().size().bytes()).sorted().toArray();
        return Arrays.stream(sizes).skip((sizes.length - 1) / 2).findFirst().orElse(0);
    }
}
