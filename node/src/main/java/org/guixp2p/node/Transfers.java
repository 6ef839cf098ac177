// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.guixp2p.api.TransferStatus;

/** The latest downloads that have ended, for people to look at. Safe for several threads. */
final class Transfers {
    private static final int KEPT = 100;

    private final Deque<TransferStatus> ended = new ArrayDeque<>();

    synchronized void ended(TransferStatus transfer) {
        ended.addFirst(transfer);
        if (ended.size() > KEPT) {
            ended.removeLast();
        }
    }

    /** Those under way and those that have ended, in any order. */
    synchronized List<TransferStatus> after(List<TransferStatus> running) {
        List<TransferStatus> all = new ArrayList<>(running);
        all.addAll(ended);
        return all;
    }
}
