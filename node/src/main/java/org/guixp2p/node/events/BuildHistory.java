// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.guixp2p.api.BuildStatus;

/** The latest downloads that are over, and why each went as it did. Safe for several threads. */
final class BuildHistory {
    static final int MOST = 256;

    private final Deque<BuildStatus> ended = new ArrayDeque<>();

    synchronized void add(BuildStatus build) {
        ended.addFirst(build);
        if (ended.size() > MOST) {
            ended.removeLast();
        }
    }

    /** Those that ended last come first. */
    synchronized List<BuildStatus> all() {
        return new ArrayList<>(ended);
    }
}
