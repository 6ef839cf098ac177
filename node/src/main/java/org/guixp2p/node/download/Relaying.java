// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.BitSet;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.swarm.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * Offers to peers what a download has verified under the root that it follows, and tells those who asked for the NAR as it
 * comes, a few times a second. Only of NARs that strangers may know of, and not where downloads are kept for nobody. Part of
 * the {@link Download} actor, on its thread.
 */
final class Relaying {
    /** So that one frame tells of many blocks, and the last block is known soon. */
    private static final long NEWS_NANOS = 200_000_000;
    /** A smaller NAR is whole before anybody has found this node. */
    static final long LEAST_ANNOUNCED = 16L << 20;
    /** Likewise one that comes faster. */
    static final long ANNOUNCED_AFTER_NANOS = Duration.ofSeconds(5).toNanos();

    private final NarRequest request;
    private final DownloadContext node;
    private final BitSet unsaid = new BitSet();
    private @Nullable RelayedNar nar;
    private long saidNanos;
    private long begunNanos;
    private boolean isAnnounced;

    Relaying(NarRequest request, DownloadContext node) {
        this.request = request;
        this.node = node;
    }

    /**
     * A manifest is followed: that this node fetches the NAR is the first news.
     *
     * @param file where the blocks are
     */
    void begin(PartialNar file, Manifest manifest, long nanos) {
        stop();
        RelayedNar begun = new RelayedNar(request.hash(), manifest, file);
        if (request.mayAskPeers() && request.autoSeed() != AutoSeed.OFF && node.relays().add(begun)) {
            nar = begun;
            begunNanos = nanos;
            say(begun, nanos);
        }
    }

    /** A block is in the file that matches the manifest. */
    void add(int block) {
        if (nar != null && !nar.blocks().get(block)) {
            unsaid.set(block);
        }
    }

    /** Tells what has come, if it is time. */
    void tell(long nanos) {
        if (nar != null && !unsaid.isEmpty() && nanos - saidNanos >= NEWS_NANOS) {
            say(nar, nanos);
            announce(nar, nanos);
        }
    }

    /** Whether there is nothing to tell of what has come so far. */
    boolean hasToldAll() {
        return unsaid.isEmpty();
    }

    /** Those who begin while it goes on could not find it otherwise: only who knows it already has heard of it. */
    private void announce(RelayedNar here, long nanos) {
        long size = here.manifest().narSize().bytes();
        if (!isAnnounced && request.isPublic() && size >= LEAST_ANNOUNCED
                && nanos - begunNanos >= ANNOUNCED_AFTER_NANOS) {
            isAnnounced = true;
            node.directory().announcePart(new ProviderDirectory.Announcement(here.hash(), size, 0));
        }
    }

    private void say(RelayedNar here, long nanos) {
        BitSet changed = (BitSet) unsaid.clone();
        unsaid.clear();
        saidNanos = nanos;
        here.add(changed);
        node.swarm().tell(new Swarm.RelayNews(here.hash(), here.manifest().root(), here.count(), changed,
                here.blocks()));
    }

    /** The whole was verified and is offered: whoever knew of a part may ask again. */
    void kept() {
        if (nar != null) {
            BitSet all = new BitSet();
            all.set(0, nar.count());
            // What servers gave was not told of as it came.
            BitSet changed = (BitSet) all.clone();
            changed.andNot(nar.blocks());
            node.swarm().tell(new Swarm.RelayNews(nar.hash(), nar.manifest().root(), nar.count(), changed, all));
        }
        stop();
    }

    /** Offers nothing any more. */
    void stop() {
        if (nar != null) {
            node.relays().remove(nar);
            if (isAnnounced) {
                // If the whole is kept, it is announced as that.
                node.directory().withdrawPart(nar.hash());
            }
        }
        isAnnounced = false;
        nar = null;
        unsaid.clear();
    }
}
