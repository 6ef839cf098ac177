// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Verdict;

/** Which narinfos come, as events; and how many builds they name. Safe for several threads. */
final class NarinfoEvents implements Metadata.NarinfoWatcher {
    /** Builds heard of lately: those are the same when another server names them, too. */
    private static final int LATELY = 4096;
    private static final int REFUSED = 512;

    private final EventSink events;
    private final Map<Build, KnownBuild> lately = new LinkedHashMap<>();
    /** Of those that did not count the last one of each item, and why. */
    private final LinkedHashMap<StorePath, String> refused = new LinkedHashMap<>();
    private long seen;

    private record Build(StorePath path, NarHash nar) {}

    NarinfoEvents(EventSink events) {
        this.events = events;
    }

    @Override
    public void judged(StorePath path, String server, Verdict verdict) {
        if (verdict instanceof Verdict.Valid(var narinfo)) {
            forgive(path);
            if (isNew(new KnownBuild(path, narinfo.narHash(), narinfo.signedNarSize()))) {
                events.publish(new NodeEvent.BuildSeen(path.path(), narinfo.narHash().toString()));
            }
            events.publish(new NodeEvent.MetadataTrusted(path.path(), narinfo.narHash().toString(), server));
        } else {
            events.publish(new NodeEvent.MetadataRefused(path.path(), server, verdict.reason()));
            refuse(path, NodeEvent.cut("what " + server + " says does not count: " + verdict.reason()));
        }
    }

    private synchronized void refuse(StorePath path, String why) {
        refused.putLast(path, why);
        if (refused.size() > REFUSED) {
            refused.pollFirstEntry();
        }
    }

    private synchronized void forgive(StorePath path) {
        refused.remove(path);
    }

    /** Why the last one of an item that did not count did not. */
    synchronized Optional<String> refused(StorePath path) {
        return Optional.ofNullable(refused.get(path));
    }

    private synchronized boolean isNew(KnownBuild build) {
        if (lately.putIfAbsent(new Build(build.path(), build.nar()), build) != null) {
            return false;
        }
        seen++;
        if (lately.size() > LATELY) {
            lately.remove(lately.keySet().iterator().next());
        }
        return true;
    }

    /** Those that were heard of lately. */
    synchronized List<KnownBuild> lately() {
        return List.copyOf(lately.values());
    }

    /** How many builds were heard of; one that comes again after {@value #LATELY} others counts once more. */
    synchronized long seen() {
        return seen;
    }
}
